#!/usr/bin/env bash
# Sees to it that the steps under plugins/ can be compiled to WebAssembly. `make` calls it; it changes nothing where all
# is there already. There are two ways, and host/builtin/build.rs takes the first that works:
#
#   1. The target wasm32-unknown-unknown of the pinned toolchain, added by rustup.
#   2. Where the Rust release server cannot be reached: Debian's and Ubuntu's own rustc with the sources of the standard
#      library (packages rustc-web and rust-web-src), which build.rs compiles along with the steps.
#
# FETTLE_WASM_RUSTC=/usr/bin/rustc asks for the second way, by that compiler.
set -euo pipefail
# rust-toolchain.toml, two folders up, says which toolchain `rustc` is.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly target=wasm32-unknown-unknown
readonly packages=(rustc-web rust-web-src)
readonly packaged_rustc=/usr/bin/rustc

say() { printf 'wasm-target: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# The version of a compiler as one number that can be compared: 1.95.0 is 1095.
minor_version() { "$1" --version | sed -E 's/^rustc ([0-9]+)\.([0-9]+).*/\1 \2/' | awk '{ print $1 * 1000 + $2 }'; }

# Whether the compiler $1 brings the sources of its standard library.
has_sources() { [[ -x $1 && -f "$("$1" --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ]]; }

# Whether the compiler $1 can take the second way: with sources, and not older than what the workspace asks for.
can_build_std() { has_sources "$1" && (($(minor_version "$1") >= $(minor_version rustc))); }

check_toolchain() {
  { command -v cargo && command -v rustc; } >/dev/null ||
    fail "there is no Rust here; install it from https://rustup.rs, then run this again"
  local channel
  channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  # Where rustup may, this very call installs the toolchain.
  rustc --version >/dev/null ||
    fail "the pinned toolchain is missing; run: rustup toolchain install $channel --component clippy,rustfmt"
}

add_by_rustup() {
  command -v rustup >/dev/null || { say "there is no rustup here, so the target cannot be added that way"; return 1; }
  say "adding the target $target to $(rustc --version) by rustup"
  rustup target add "$target" >&2 || { say "rustup could not add it"; return 1; }
}

install_packages() {
  command -v apt-get >/dev/null ||
    fail "apt-get is not here either: install the target $target, or a rustc with its library sources (rust-src)" \
      "and name it in FETTLE_WASM_RUSTC"
  local root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "run as root: apt-get install ${packages[*]}"
    root=(sudo)
  fi
  say "installing the packages ${packages[*]} instead"
  "${root[@]}" apt-get update >&2 || say "the package lists could not be refreshed; trying with those that are here"
  # Nothing may be removed: the packages conflict with Debian's own rustup.
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-remove --no-install-recommends "${packages[@]}" >&2 ||
    fail "the packages could not be installed"
}

check_toolchain
if [[ -n ${FETTLE_WASM_RUSTC:-} ]]; then
  can_build_std "$FETTLE_WASM_RUSTC" && exit 0
  [[ $FETTLE_WASM_RUSTC == "$packaged_rustc" ]] ||
    fail "FETTLE_WASM_RUSTC=$FETTLE_WASM_RUSTC is no rustc of at least $(rustc --version | cut -d' ' -f2) with rust-src"
else
  [[ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]] && exit 0
  can_build_std "$packaged_rustc" && exit 0
  add_by_rustup && exit 0
fi
install_packages
can_build_std "$packaged_rustc" ||
  fail "$packaged_rustc is older than $(rustc --version | cut -d' ' -f2), or its library sources are missing"
say "the steps will be compiled by $("$packaged_rustc" --version)"
