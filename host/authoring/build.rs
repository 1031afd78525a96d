//! Gathers what a new plugin's folder is given of this workspace: the SDK, the contract, and which versions of other
//! crates they were tried with. The SDK is in no registry, so the program brings it along.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

fn main() {
    // Relative to this package: clones that share a target folder must not be taken for one another.
    let root = Path::new("../..");
    let mut files = vec![
        ("sdk/Cargo.toml".to_owned(), manifest(root)),
        ("wit/step.wit".to_owned(), read(&root.join("wit/step.wit"))),
        ("sdk/LICENSE".to_owned(), read(&root.join("LICENSE"))),
        ("Cargo.lock".to_owned(), read(&root.join("Cargo.lock"))),
    ];
    println!("cargo:rerun-if-changed=../../sdk/src");
    println!("cargo:rerun-if-changed=build.rs");
    sources(&root.join("sdk/src"), "sdk/src", &mut files);
    files.sort();

    let mut code = "/// Path in the new folder, and text.\n".to_owned();
    code.push_str("pub(crate) const GIVEN: &[(&str, &str)] = &[\n");
    for (path, text) in files {
        writeln!(code, "    ({path:?}, {text:?}),").expect("memory can be written");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    code.push_str(&c_bindings(&read(&root.join("wit/step.wit")), &out));
    fs::write(out.join("given.rs"), code).expect("OUT_DIR can be written");
}

/// What the contract is in C, for each of its worlds: header, source, and an object that carries the types.
fn c_bindings(contract: &str, out: &Path) -> String {
    let mut code =
        "/// World, file name and bytes.\npub(crate) const C_BINDINGS: &[(&str, &str, &[u8])] = &[\n"
            .to_owned();
    for world in ["transform-plugin", "window-plugin", "feature-plugin"] {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("step.wit", contract).expect("the contract parses");
        let chosen = resolve.select_world(&[package], Some(world)).expect("the contract has this world");
        let mut files = Files::default();
        let mut generator = wit_bindgen_c::Opts::default().build();
        generator.generate(&mut resolve, chosen, &mut files).expect("the contract has bindings in C");
        for (name, bytes) in files.iter() {
            fs::write(out.join(name), bytes).expect("OUT_DIR can be written");
            let path = format!("concat!(env!(\"OUT_DIR\"), \"/{name}\")");
            writeln!(code, "    ({world:?}, {name:?}, include_bytes!({path})),")
                .expect("memory can be written");
        }
    }
    code + "];\n"
}

fn sources(folder: &Path, name: &str, files: &mut Vec<(String, String)>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let name = format!("{name}/{}", entry.file_name().display());
        if entry.path().is_dir() {
            sources(&entry.path(), &name, files);
        } else {
            files.push((name, read(&entry.path())));
        }
    }
}

/// The SDK's manifest for outside of the workspace: what it inherits is written out, and what only its own tests and
/// lints need is left out.
fn manifest(root: &Path) -> String {
    let parse = |path: PathBuf| -> Table {
        read(&path).parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let workspace = parse(root.join("Cargo.toml"));
    let mut sdk = parse(root.join("sdk/Cargo.toml"));
    let workspace = workspace["workspace"].as_table().expect("the workspace has a table");
    for section in ["package", "dependencies"] {
        let inherited = workspace[section].as_table().expect("the workspace names what is inherited");
        let section = sdk[section].as_table_mut().expect("the SDK has this section");
        for (name, value) in section.iter_mut() {
            if value.get("workspace").and_then(Value::as_bool) == Some(true) {
                *value = inherited[name].clone();
            }
        }
    }
    sdk.remove("lints");
    sdk.remove("dev-dependencies");
    format!("# The SDK, as the program that made this folder brings it along.\n{sdk}")
}

fn read(path: &Path) -> String {
    println!("cargo:rerun-if-changed={}", path.display());
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
