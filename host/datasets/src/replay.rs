//! Building a dataset again, and comparing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::build::build;
use crate::manifest::{Content, Manifest};
use crate::service::Datasets;
use crate::store::DatasetId;
use crate::table::TableReader;
use crate::{DatasetError, Progress, Recipe, StorageError};

/// What came of building a dataset again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Which dataset.
    pub dataset_id: String,
    /// Whether all of it came out the same, to the last bit.
    pub identical: bool,
    /// The digest that its manifest says.
    pub digest: String,
    /// The digest of what was built now; null where nothing could be.
    pub replayed_digest: Option<String>,
    /// What changed; empty where all is the same.
    pub differences: Vec<Difference>,
}

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What kind of thing.
    pub what: Changed,
    /// Which: a device, a plugin, a parameter, a part of the manifest.
    pub name: String,
    /// A sentence.
    pub message: String,
}

/// What can have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// The rows of a device.
    Rows,
    /// The stored bytes of a plugin.
    Plugin,
    /// A parameter in the manifest.
    Parameter,
    /// Something else in the manifest.
    Manifest,
    /// The stored table.
    Table,
    /// What the same steps make of the same rows: the program.
    Program,
}

impl Datasets {
    /// Builds a dataset again from its manifest, with the stored plugins over the rows that there are now, and says what
    /// changed. What is built is not kept.
    pub async fn replay(&self, id: &str, progress: Arc<dyn Progress>) -> Result<Replayed, DatasetError> {
        let manifest = self.manifest(id).await?;
        let mut differences = altered(&manifest);
        differences.extend(self.altered_table(&manifest).await?);
        let plugins = self.altered_plugins(&manifest).await?;
        let intact = plugins.is_empty();
        differences.extend(plugins);
        let replayed = if intact { Some(self.build_again(&manifest, progress).await?) } else { None };
        if let Some(content) = &replayed {
            differences.extend(compare(&manifest.content, content, differences.is_empty()));
        }
        Ok(Replayed {
            dataset_id: id.to_owned(),
            identical: differences.is_empty(),
            digest: manifest.digest,
            replayed_digest: replayed.map(|content| content.digest()),
            differences,
        })
    }

    async fn build_again(
        &self,
        manifest: &Manifest,
        progress: Arc<dyn Progress>,
    ) -> Result<Content, DatasetError> {
        let plan = self.plan(manifest).await?;
        let Content { request, model, .. } = manifest.content.clone();
        let recipe = Arc::new(Recipe::of(&self.features, request, model, plan).await?);
        Ok(build(&self.features, &recipe, progress, self.scratch()).await?.content)
    }

    /// Whether the stored table is what the manifest says.
    async fn altered_table(&self, manifest: &Manifest) -> Result<Option<Difference>, DatasetError> {
        let id = DatasetId::parse(&manifest.dataset_id)
            .map_err(|_| DatasetError::NotFound(manifest.dataset_id.clone()))?;
        let data = self.store().fetch_data(&id, self.scratch()).await?;
        let digest = tokio::task::spawn_blocking(move || TableReader::open(data.path())?.content_digest());
        let digest = digest.await.map_err(|error| StorageError::reading("the table", error))?;
        let message = match digest {
            Ok(digest) if digest.to_string() == manifest.content.table_digest => return Ok(None),
            Ok(_) => "its rows are not those that were written".to_owned(),
            Err(StorageError::Damaged { problem, .. }) => problem,
            Err(other) => return Err(other.into()),
        };
        Ok(Some(Difference { what: Changed::Table, name: "data.parquet".to_owned(), message }))
    }

    async fn altered_plugins(&self, manifest: &Manifest) -> Result<Vec<Difference>, DatasetError> {
        let mut differences: Vec<Difference> = Vec::new();
        for step in &manifest.content.steps {
            if differences.iter().any(|known| known.name == step.plugin) {
                continue;
            }
            match self.plugins().verify(&step.digest, &step.plugin).await {
                Ok(()) => {}
                Err(DatasetError::Storage(error @ StorageError::Damaged { .. })) => {
                    differences.push(Difference {
                        what: Changed::Plugin,
                        name: step.plugin.clone(),
                        message: error.to_string(),
                    });
                }
                Err(other) => return Err(other),
            }
        }
        Ok(differences)
    }
}

/// What somebody changed in a manifest since it was written.
fn altered(manifest: &Manifest) -> Vec<Difference> {
    let parts = manifest.altered_parts();
    if parts.is_empty() {
        return Vec::new();
    }
    let parameters = disagreeing_parameters(&manifest.content);
    let difference =
        |what, name: String, message: &str| Difference { what, message: format!("`{name}` {message}"), name };
    let mut differences: Vec<Difference> = parameters
        .into_iter()
        .map(|name| {
            let message = "is one thing in the manifest's request and another in its steps";
            difference(Changed::Parameter, name, message)
        })
        .collect();
    let about = "of the manifest is not what it was when the dataset was built";
    differences.extend(parts.into_iter().map(|name| difference(Changed::Manifest, name, about)));
    differences
}

/// Parameters that stand in the request otherwise than in the steps, which hold them a second time.
fn disagreeing_parameters(content: &Content) -> Vec<String> {
    let request = serde_json::to_value(&content.request.steps).unwrap_or_default();
    let mut names = Vec::new();
    let mut features = request["features"].as_array().into_iter().flatten();
    for step in &content.steps {
        let (field, params) = match step.kind {
            fettle_steps::Kind::Feature => {
                ("features".to_owned(), features.next().map_or(Value::Null, |item| item["params"].clone()))
            }
            kind => (format!("{kind}_params"), request[format!("{kind}_params")].clone()),
        };
        let known = |name: &str| params.get(name).unwrap_or(&Value::Null);
        let in_request = params.as_object().into_iter().flatten().map(|(name, _)| name);
        let mut all: Vec<&String> = in_request.chain(step.params.keys()).collect();
        all.sort_unstable();
        all.dedup();
        let differs = |name: &&String| known(name) != step.params.get(*name).unwrap_or(&Value::Null);
        names.extend(all.into_iter().filter(differs).map(|name| format!("{field}.{name}")));
    }
    names
}

/// What is not the same in what was built now.
fn compare(then: &Content, now: &Content, is_all_else_the_same: bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    for device in &then.devices {
        let again = now.devices.iter().find(|again| again.device_code == device.device_code);
        let message = match again {
            None => "it has no rows any more".to_owned(),
            Some(again) if again.rows != device.rows => {
                format!("it has {} rows in the range, and had {}", again.rows, device.rows)
            }
            Some(again) if again.rows_digest != device.rows_digest => {
                format!("its {} rows have other values", again.rows)
            }
            Some(_) => continue,
        };
        differences.push(Difference { what: Changed::Rows, name: device.device_code.clone(), message });
    }
    for again in &now.devices {
        if !then.devices.iter().any(|device| device.device_code == again.device_code) {
            differences.push(Difference {
                what: Changed::Rows,
                name: again.device_code.clone(),
                message: format!("it has {} rows in the range, and had none", again.rows),
            });
        }
    }
    if differences.is_empty() && is_all_else_the_same && then.digest() != now.digest() {
        let (before, after) = (then.part_digests(), now.part_digests());
        let parts: Vec<&str> = after
            .iter()
            .filter(|(name, digest)| before.get(*name) != Some(*digest))
            .map(|(name, _)| name.as_str())
            .collect();
        differences.push(Difference {
            what: Changed::Program,
            name: concat!("fettle ", env!("CARGO_PKG_VERSION")).to_owned(),
            message: format!(
                "the same plugins over the same rows come to something else in: {}",
                parts.join(", ")
            ),
        });
    }
    differences
}
