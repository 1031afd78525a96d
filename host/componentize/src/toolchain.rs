//! Which compiler makes WebAssembly.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How WebAssembly is compiled.
pub(crate) enum Toolchain {
    /// The toolchain of this build has the target.
    Target { rustc: PathBuf },
    /// Another rustc has the sources of the standard library, which is compiled along.
    BuildStd { rustc: PathBuf },
}

impl Toolchain {
    /// `FETTLE_WASM_RUSTC` forces the second way; Debian's rustc is tried where the target is missing.
    pub(crate) fn find(target: &str) -> Toolchain {
        if let Some(rustc) = env::var_os("FETTLE_WASM_RUSTC") {
            return Toolchain::BuildStd { rustc: rustc.into() };
        }
        let rustc = outer_rustc();
        if sysroot(&rustc).join("lib/rustlib").join(target).join("lib").is_dir() {
            return Toolchain::Target { rustc };
        }
        let debian = PathBuf::from("/usr/bin/rustc");
        if debian.exists() && sysroot(&debian).join("lib/rustlib/src/rust/library").is_dir() {
            return Toolchain::BuildStd { rustc: debian };
        }
        panic!(
            "the target {target} is missing: run host/builtin/wasm-target.sh, which adds it by rustup or installs \
             Debian's compiler with the sources of the standard library"
        );
    }

    pub(crate) fn rustc(&self) -> &Path {
        match self {
            Toolchain::Target { rustc } | Toolchain::BuildStd { rustc } => rustc,
        }
    }

    pub(crate) fn sysroot(&self) -> PathBuf {
        sysroot(self.rustc())
    }

    /// The linker for a build of the standard library, `None` where none is built. It comes with the toolchain of this
    /// build, off the path; Debian's compiler has none of its own.
    pub(crate) fn linker_of_std_build(&self) -> Option<PathBuf> {
        let Toolchain::BuildStd { .. } = self else { return None };
        let rustc = outer_rustc();
        let host = asked(&rustc, &["--print", "host-tuple"]);
        Some(sysroot(&rustc).join("lib/rustlib").join(host).join("bin/rust-lld"))
    }
}

/// The compiler of this build.
fn outer_rustc() -> PathBuf {
    PathBuf::from(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

fn sysroot(rustc: &Path) -> PathBuf {
    asked(rustc, &["--print", "sysroot"]).into()
}

fn asked(rustc: &Path, arguments: &[&str]) -> String {
    let output = Command::new(rustc).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", rustc.display()));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
