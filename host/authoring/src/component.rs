//! Components from modules.

use wit_component::ComponentEncoder;

/// The module does not make a component.
#[derive(Debug, thiserror::Error)]
#[error("the module does not make a component: {0}")]
pub struct NotAComponent(String);

/// A component of a core module for `wasm32-unknown-unknown` which carries the contract's types, as the SDK and
/// `wit-bindgen` embed them.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, NotAComponent> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| NotAComponent(format!("{error:#}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_module_is_told() {
        assert!(componentize(b"text").unwrap_err().to_string().contains("does not make a component"));
    }
}
