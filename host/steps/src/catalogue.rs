//! The methods that requests can name.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::{Map, Value};

use crate::guest::{Guest, Load};
use crate::health::Call;
use crate::refusal::described;
use crate::{Kind, Method, ParamError, Plugin, Scope, Step, StepError, Traits};

/// Resolved parameters, all defaults among them, may be so many times as long as what a request may give.
const RESOLVED_PER_GIVEN: usize = 4;

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
    /// What a request does not give.
    defaults: Map<String, Value>,
}

/// A plugin of a catalogue, as an operator lists it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What the operator calls it.
    pub name: String,
    /// The plugin.
    pub plugin: Arc<Plugin>,
    /// Parameters by method, in force where a request does not give them.
    pub defaults: BTreeMap<String, Map<String, Value>>,
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
    /// Defaults that the method does not take.
    #[error("`defaults.{method}` of plugin `{plugin}`: {problem}")]
    Defaults {
        /// The plugin's name.
        plugin: String,
        /// The method's name.
        method: String,
        /// What is wrong.
        problem: String,
    },
}

impl CatalogueError {
    /// What the operator calls the plugin that it is about; of two, the second.
    pub fn plugin(&self) -> &str {
        match self {
            CatalogueError::Duplicate { second: plugin, .. } | CatalogueError::Defaults { plugin, .. } => {
                plugin
            }
        }
    }
}

impl Catalogue {
    /// The methods of `plugins`.
    pub fn new(plugins: Vec<Arc<Plugin>>) -> Result<Self, CatalogueError> {
        let listed = |plugin: Arc<Plugin>| Listed {
            name: plugin.name().to_owned(),
            plugin,
            defaults: BTreeMap::new(),
        };
        Self::of(plugins.into_iter().map(listed).collect()).map_err(|mut errors| errors.remove(0))
    }

    /// The methods of plugins as an operator lists them; all that keeps them apart, at least one.
    pub fn of(listed: Vec<Listed>) -> Result<Self, Vec<CatalogueError>> {
        let mut entries: BTreeMap<(Kind, String), Entry> = BTreeMap::new();
        let mut owners: BTreeMap<(Kind, String), &str> = BTreeMap::new();
        let mut errors = Vec::new();
        for Listed { name, plugin, defaults } in &listed {
            for method in plugin.methods() {
                let key = (method.kind, method.name.clone());
                if let Some(first) = owners.get(&key) {
                    errors.push(CatalogueError::Duplicate {
                        kind: method.kind,
                        name: method.name.clone(),
                        first: (*first).to_owned(),
                        second: name.clone(),
                    });
                    continue;
                }
                let defaults = defaults.get(&method.name).cloned().unwrap_or_default();
                match Entry::new(name, plugin, method, defaults) {
                    Ok(entry) => drop(entries.insert(key.clone(), entry)),
                    Err(error) => errors.push(error),
                }
                owners.insert(key, name);
            }
            for method in defaults.keys() {
                if !plugin.methods().iter().any(|known| known.name == *method) {
                    let known: Vec<&str> =
                        plugin.methods().iter().map(|method| method.name.as_str()).collect();
                    errors.push(CatalogueError::Defaults {
                        plugin: name.clone(),
                        method: method.clone(),
                        problem: format!("it has no such method; it has: {}", known.join(", ")),
                    });
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let plugins = listed.into_iter().map(|listed| listed.plugin).collect();
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
        let given = Value::Object(entry.with_defaults(params));
        let text = given.to_string();
        let refused = |errors| StepError::InvalidParams { method: name.to_owned(), errors };
        let most = entry.plugin.limits().params_bytes;
        if text.len() > most {
            let message = format!("takes {} bytes as JSON; at most {most} are allowed", text.len());
            return Err(refused(vec![ParamError { path: String::new(), message }]));
        }
        let errors: Vec<ParamError> = entry
            .method
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

impl Entry {
    /// A method with an operator's defaults, which its schema must take as far as they go.
    fn new(
        listed: &str,
        plugin: &Arc<Plugin>,
        method: &Method,
        defaults: Map<String, Value>,
    ) -> Result<Self, CatalogueError> {
        let (plugin_name, name) = (listed.to_owned(), method.name.clone());
        let given = Value::Object(defaults.clone());
        // A request may give what they lack.
        let lacks =
            |error: &ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Required { .. });
        let wrong: Vec<String> = method
            .validator
            .iter_errors(&given)
            .filter(|error| !lacks(error))
            .flat_map(|error| described(&error, &method.schema, &given))
            .map(|error| format!("`{}`: {}", error.path.trim_start_matches('/'), error.message))
            .collect();
        if !wrong.is_empty() && !defaults.is_empty() {
            let problem = wrong.join("; ");
            return Err(CatalogueError::Defaults { plugin: plugin_name, method: name, problem });
        }
        let mut method = method.clone();
        for (name, value) in &defaults {
            // Clients see the default that is in force.
            if let Some(Value::Object(property)) = method.schema.pointer_mut(&format!("/properties/{name}")) {
                property.insert("default".to_owned(), value.clone());
            }
        }
        Ok(Self { method, plugin: Arc::clone(plugin), defaults })
    }

    /// Parameters of a request, and what it does not give.
    fn with_defaults(&self, params: &Map<String, Value>) -> Map<String, Value> {
        let mut all = params.clone();
        for (name, value) in &self.defaults {
            if !all.contains_key(name) {
                all.insert(name.clone(), value.clone());
            }
        }
        all
    }
}

/// What the plugin makes of parameters.
pub(crate) fn resolve(plugin: &Plugin, kind: Kind, name: &str, params: &str) -> Result<Traits, StepError> {
    plugin.watch(Call::Question, || resolved(plugin, kind, name, params))
}

fn resolved(plugin: &Plugin, kind: Kind, name: &str, params: &str) -> Result<Traits, StepError> {
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
    let (bytes, most) = (traits.params.len(), RESOLVED_PER_GIVEN * plugin.limits().params_bytes);
    if bytes > most {
        return Err(guest.broken(format!("resolved parameters of {bytes} bytes; at most {most} are allowed")));
    }
    if serde_json::from_str::<Map<String, Value>>(&traits.params).is_err() {
        return Err(guest.broken("the resolved parameters are not a JSON object"));
    }
    Ok(traits)
}
