# Everything that a fresh clone needs: each goal sets up what it takes and says what it does.
# CARGO_TARGET_DIR is honoured; ARGS goes to the program: make demo ARGS=--once

.DEFAULT_GOAL := help
.PHONY: help demo test parity vectors bench load lint format setup servers

help:
	@echo 'make demo    build the program, make welding telemetry, extract features, serve (ARGS="--once": end there)'
	@echo 'make test    run every test'
	@echo 'make parity  compare results with pandas and scikit-learn (part of make test)'
	@echo 'make vectors make the expected answers in host/app/tests/vectors anew, with pandas and scikit-learn'
	@echo 'make bench   measure the pipeline, in the sandbox and native, and the queries of the metadata database'
	@echo 'make load    play the original load test, then the same without waiting'
	@echo 'make lint    check format, lints, documentation, licences and spelling'
	@echo 'make format  format the code'

setup:
	@host/builtin/wasm-target.sh

# PostgreSQL and Redis, which tests start for themselves.
servers:
	@host/testbed/ensure

demo: setup
	cargo run --locked --release --package fettle-app -- demo $(ARGS)

test: setup servers
	cargo test --locked --workspace
	host/testbed/matrix
	host/app/tests/parity/run

# The program is taken from the tests' build: a build of its own would compile much of the rest again, with other
# features.
parity: setup
	cargo test --locked --workspace --no-run
	host/app/tests/parity/run

vectors: setup
	cargo test --locked --workspace --no-run
	$$(host/app/tests/parity/python-env) host/app/tests/parity/vectors.py

bench: setup servers
	cargo bench --locked --package fettle-app --bench pipeline $(ARGS)
	cargo bench --locked --package fettle-metadata --bench queries

load: setup
	cargo build --locked --release --package fettle-app
	host/app/tests/load/run $(ARGS)

lint: setup
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --locked check; \
	else echo 'skipped: licences and advisories (cargo-deny is not installed)'; fi
	@if command -v typos >/dev/null; then typos; \
	else echo 'skipped: spelling (typos is not installed)'; fi

format:
	cargo fmt --all
