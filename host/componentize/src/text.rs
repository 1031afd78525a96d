//! Components of modules that are written as text: for tests of what no compiler makes.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::workspace;

/// The component of a core module in the WebAssembly text format that exports, in the canonical ABI, what `world` of
/// `wit/step.wit` wants.
pub fn component_of_text(module: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap_or_else(|error| panic!("{error}"));
    let mut resolve = Resolve::default();
    let contract = workspace().join("wit");
    let (package, _) =
        resolve.push_dir(&contract).unwrap_or_else(|error| panic!("{}: {error:?}", contract.display()));
    let types = resolve
        .select_world(&[package], Some(world))
        .unwrap_or_else(|error| panic!("the world `{world}`: {error:?}"));
    embed_component_metadata(&mut module, &resolve, types, StringEncoding::UTF8)
        .unwrap_or_else(|error| panic!("the types of `{world}`: {error:?}"));
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(ComponentEncoder::encode)
        .unwrap_or_else(|error| panic!("it is no component of `{world}`: {error:?}"))
}

/// The bytes of a component that is written as text itself.
pub fn component_in_text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap_or_else(|error| panic!("{error}"))
}
