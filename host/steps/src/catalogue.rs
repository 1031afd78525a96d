//! The methods that requests can name.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::guest::{Guest, Load};
use crate::refusal::described;
use crate::{Kind, Method, ParamError, Plugin, Scope, Step, StepError, Traits};

/// All methods of a set of plugins. A value that does not change: a reload makes another.
#[derive(Debug, Default)]
pub struct Catalogue {
    plugins: Vec<Arc<Plugin>>,
    entries: BTreeMap<(Kind, String), Entry>,
}

#[derive(Debug)]
struct Entry {
    method: Method,
    plugin: Arc<Plugin>,
    validator: Validator,
}

/// Plugins that do not go together.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Two plugins offer the same method.
    #[error("plugins `{first}` and `{second}` both have the {kind} method `{name}`")]
    Duplicate {
        /// The method's kind.
        kind: Kind,
        /// The method's name.
        name: String,
        /// The plugin that came first.
        first: String,
        /// The other one.
        second: String,
    },
    /// A schema that is none.
    #[error("the parameter schema of `{method}` of plugin `{plugin}` is invalid: {problem}")]
    Schema {
        /// The plugin's name.
        plugin: String,
        /// The method's name.
        method: String,
        /// What is wrong.
        problem: String,
    },
}

impl Catalogue {
    /// The methods of `plugins`.
    pub fn new(plugins: Vec<Arc<Plugin>>) -> Result<Self, CatalogueError> {
        let mut entries: BTreeMap<(Kind, String), Entry> = BTreeMap::new();
        for plugin in &plugins {
            for method in plugin.methods() {
                let key = (method.kind, method.name.clone());
                if let Some(other) = entries.get(&key) {
                    return Err(CatalogueError::Duplicate {
                        kind: method.kind,
                        name: method.name.clone(),
                        first: other.plugin.name().to_owned(),
                        second: plugin.name().to_owned(),
                    });
                }
                let validator = validator(&method.schema).map_err(|problem| CatalogueError::Schema {
                    plugin: plugin.name().to_owned(),
                    method: method.name.clone(),
                    problem,
                })?;
                entries.insert(key, Entry { method: method.clone(), plugin: Arc::clone(plugin), validator });
            }
        }
        Ok(Self { plugins, entries })
    }

    /// The plugins.
    pub fn plugins(&self) -> &[Arc<Plugin>] {
        &self.plugins
    }

    /// Every method with its plugin, by kind and name.
    pub fn methods(&self) -> impl Iterator<Item = (&Method, &Arc<Plugin>)> {
        self.entries.values().map(|entry| (&entry.method, &entry.plugin))
    }

    /// A method by kind and name.
    pub fn method(&self, kind: Kind, name: &str) -> Option<&Method> {
        self.entries.get(&(kind, name.to_owned())).map(|entry| &entry.method)
    }

    /// The names of a kind's methods.
    pub fn names(&self, kind: Kind) -> Vec<String> {
        self.entries.keys().filter(|(other, _)| *other == kind).map(|(_, name)| name.clone()).collect()
    }

    /// A method with parameters: held to their size and checked against its schema by the host, then checked by the
    /// plugin, which fills in the defaults. Runs guest code: to be called on a guest thread.
    pub fn resolve(&self, kind: Kind, name: &str, params: &Map<String, Value>) -> Result<Step, StepError> {
        let entry = self.entries.get(&(kind, name.to_owned())).ok_or_else(|| StepError::UnknownMethod {
            kind,
            name: name.to_owned(),
            known: self.names(kind),
        })?;
        let given = Value::Object(params.clone());
        let text = given.to_string();
        let refused = |errors| StepError::InvalidParams { method: name.to_owned(), errors };
        let most = entry.plugin.sandbox().limits().params_bytes;
        if text.len() > most {
            let message = format!("takes {} bytes as JSON; at most {most} are allowed", text.len());
            return Err(refused(vec![ParamError { path: String::new(), message }]));
        }
        let errors: Vec<ParamError> = entry
            .validator
            .iter_errors(&given)
            .flat_map(|error| described(&error, &entry.method.schema, &given))
            .collect();
        if !errors.is_empty() {
            return Err(refused(errors));
        }
        let traits = resolve(&entry.plugin, kind, name, &text)?;
        Ok(Step { plugin: Arc::clone(&entry.plugin), kind, method: name.to_owned(), traits })
    }
}

/// What the plugin makes of parameters.
pub(crate) fn resolve(plugin: &Plugin, kind: Kind, name: &str, params: &str) -> Result<Traits, StepError> {
    let mut guest = Guest::new(plugin, kind, name)?;
    let traits: Traits = guest
        .ask(Load { cells: 0, bytes: params.len() }, |exports, store| match kind {
            Kind::MissingValue | Kind::Outlier | Kind::Normalize => {
                exports.transform()?.call_resolve(store, name, params)
            }
            Kind::Window => exports.windowing()?.call_resolve(store, name, params),
            Kind::Feature => exports.features()?.call_resolve(store, name, params),
        })?
        .into();
    if traits.removes_rows && traits.scope == Scope::Column {
        return Err(guest.broken("a method that removes rows must have scope frame"));
    }
    if serde_json::from_str::<Map<String, Value>>(&traits.params).is_err() {
        return Err(guest.broken("the resolved parameters are not a JSON object"));
    }
    Ok(traits)
}

/// A validator of a schema that stands on its own: a reference to elsewhere is an error, not a download.
pub(crate) fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::draft202012::options().build(schema).map_err(|error| error.to_string())
}
