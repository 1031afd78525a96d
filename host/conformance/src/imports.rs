//! What a file is, before anybody lets it in.

use serde::Serialize;
use wasmparser::{Encoding, Parser, Payload};

/// What stands in a component's file.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Interfaces {
    /// Whether it is a component, and not a core module.
    pub component: bool,
    /// What it imports; a plugin imports the contract's types alone, which have no code.
    pub imports: Vec<String>,
    /// What it exports; a plugin exports one interface of the contract.
    pub exports: Vec<String>,
}

/// Reads imports and exports of `bytes`, whether or not they make a plugin. The error says what is wrong with the file.
pub fn interfaces(bytes: &[u8]) -> Result<Interfaces, String> {
    let invalid = |error: wasmparser::BinaryReaderError| error.to_string();
    let mut found = Interfaces::default();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::Version { encoding, .. } => {
                if depth == 0 {
                    found.component = encoding == Encoding::Component;
                }
                depth += 1;
            }
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports {
                    found.imports.push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) if depth == 1 => {
                for export in exports {
                    found.exports.push(export.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ImportSection(imports) if depth == 1 => {
                for import in imports.into_imports() {
                    let import = import.map_err(invalid)?;
                    found.imports.push(format!("{}.{}", import.module, import.name));
                }
            }
            Payload::ExportSection(exports) if depth == 1 => {
                for export in exports {
                    found.exports.push(export.map_err(invalid)?.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_exports_its_interface_and_imports_types_alone() {
        let found = interfaces(fettle_builtin::PLUGINS[0].component).unwrap();
        assert!(found.component);
        assert_eq!(found.exports, ["fettle:step/transform@1.0.0"]);
        assert!(found.imports.iter().all(|import| import.starts_with("fettle:step/types@")), "{found:?}");
    }

    #[test]
    fn other_files_are_told_apart() {
        assert!(!interfaces(b"\0asm\x01\0\0\0").unwrap().component);
        assert!(interfaces(b"text").is_err());
    }
}
