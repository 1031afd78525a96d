//! A method with its parameters resolved: what a plan is made of and what runs.
//!
//! All functions here run guest code and are to be called on a guest thread (see
//! [`GuestThreads`](crate::pool::GuestThreads)).

mod calls;
mod features;
mod fitting;
mod readable;
mod transform;
mod windows;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use fettle_frame::Frame;
use serde::Serialize;
use serde::ser::SerializeStruct;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::bindings::transform::fettle::step::types as wit;
use crate::guest::{Guest, Load};
use crate::health::Call;
use crate::pool::Claims;
use crate::{Kind, Plugin, Scope, StepError, Traits};

pub use calls::{ApplyAnswer, Calls, FitAnswer};
pub use fitting::{Fitted, Fitting};
pub use transform::{Applied, CellChanges};

/// Cells of a frame below which handing columns to other threads costs more than it brings.
const CELLS_WORTH_SHARING: usize = 16_384;

/// What became of each column; `None` until it is done.
type Results<R> = Mutex<Vec<Option<Result<R, StepError>>>>;

/// A method of a plugin with its parameters resolved. It holds on to the plugin that it was resolved against.
#[derive(Debug, Clone)]
pub struct Step {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) kind: Kind,
    pub(crate) method: String,
    pub(crate) traits: Traits,
}

impl Step {
    /// What the method is for.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The method's name.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The plugin it belongs to.
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// What the method is with these parameters.
    pub fn traits(&self) -> &Traits {
        &self.traits
    }

    /// One of the resolved parameters.
    pub fn param(&self, name: &str) -> Option<Value> {
        self.params().remove(name)
    }

    /// All of the resolved parameters.
    pub fn params(&self) -> Map<String, Value> {
        // Admission has seen to it that they are an object.
        serde_json::from_str(&self.traits.params).unwrap_or_default()
    }

    /// Runs the plugin over rows, unless it is set aside.
    fn on_data<T>(&self, work: impl FnOnce() -> Result<T, StepError>) -> Result<T, StepError> {
        self.plugin.watch(Call::Data, work)
    }

    /// Asks the plugin something, unless it is set aside.
    fn question<T>(&self, work: impl FnOnce() -> Result<T, StepError>) -> Result<T, StepError> {
        self.plugin.watch(Call::Question, work)
    }

    fn guest(&self) -> Result<Guest<'_>, StepError> {
        Guest::new(&self.plugin, self.kind, &self.method)
    }

    /// What `work` makes of each column of the frame, in their order; each thread that takes part has an instance of
    /// its own. Of several errors it is that of the first column.
    fn each_column<R: Send + 'static>(
        &self,
        frame: &Arc<Frame>,
        work: impl Fn(&mut Guest<'_>, &Frame, usize) -> Result<R, StepError> + Send + Sync + 'static,
    ) -> Result<Vec<R>, StepError> {
        let columns = frame.signals.len();
        // Nobody waits for a plugin that is being let in: it has one thread.
        let alone = self.plugin.left().is_some();
        if alone || columns < 2 || frame.rows() * columns < CELLS_WORTH_SHARING {
            let mut guest = self.guest()?;
            return (0..columns).map(|column| work(&mut guest, frame, column)).collect();
        }
        let results: Arc<Results<R>> = Arc::new(Mutex::new((0..columns).map(|_| None).collect()));
        let (step, shared, frame) = (self.clone(), Arc::clone(&results), Arc::clone(frame));
        let asking = thread::current().id();
        let part = move |claims: &Claims| {
            // The thread that asks has its turn already.
            let turn =
                if thread::current().id() == asking { Some(None) } else { step.plugin.turns.another() };
            let Some(_turn) = turn else { return };
            let mut guest = None;
            while let Some(column) = claims.next() {
                let result = match &mut guest {
                    Some(guest) => work(guest, &frame, column),
                    none => match step.guest() {
                        Ok(fresh) => work(none.insert(fresh), &frame, column),
                        Err(error) => Err(error),
                    },
                };
                if result.is_err() {
                    // Columns are claimed in order: all before this one are being worked on, none after it need be.
                    claims.close();
                }
                shared.lock().unwrap_or_else(PoisonError::into_inner)[column] = Some(result);
            }
        };
        self.plugin.sandbox().threads().share(columns, part);
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::with_capacity(columns);
        for (column, result) in results.iter_mut().enumerate() {
            match result.take() {
                Some(result) => found.push(result?),
                // Only a panic of another thread leaves a column out: claims close after an error before it.
                None => return Err(self.lost(&frame_name(column))),
            }
        }
        Ok(found)
    }

    fn lost(&self, what: &str) -> StepError {
        StepError::Failed {
            kind: self.kind,
            method: self.method.clone(),
            plugin: self.plugin.name().to_owned(),
            message: format!("{what} was not computed"),
        }
    }

    fn whole_frame(&self) -> bool {
        self.traits.scope == Scope::Frame
    }
}

impl Serialize for Step {
    /// Kind, method, plugin, version, digest, params and causal: what answers and datasets show of a step.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let params: Box<RawValue> =
            RawValue::from_string(self.traits.params.clone()).map_err(serde::ser::Error::custom)?;
        let mut step = serializer.serialize_struct("Step", 7)?;
        step.serialize_field("kind", &self.kind)?;
        step.serialize_field("method", &self.method)?;
        step.serialize_field("plugin", self.plugin.name())?;
        step.serialize_field("version", self.plugin.version())?;
        step.serialize_field("digest", self.plugin.digest())?;
        step.serialize_field("params", &params)?;
        step.serialize_field("causal", &self.traits.causal)?;
        step.end()
    }
}

fn frame_name(column: usize) -> String {
    format!("column {column}")
}

/// One column of a frame, or all of them, as arguments of a call.
fn columns_of(frame: &Frame, column: Option<usize>) -> Vec<wit::ColumnParam<'_>> {
    let signals = match column {
        Some(column) => &frame.signals[column..=column],
        None => &frame.signals[..],
    };
    signals.iter().map(|signal| wit::ColumnParam { name: &signal.name, values: &signal.values }).collect()
}

/// How much a frame of so many rows and columns is, timestamps among them.
fn load(rows: usize, columns: usize) -> Load {
    Load { cells: rows * columns, bytes: rows * (columns + 1) * size_of::<f64>() }
}

/// How much so many bytes are that a plugin wrote itself.
fn size(bytes: usize) -> Load {
    Load { cells: bytes / size_of::<f64>(), bytes }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::{Duration, Instant};

    use fettle_frame::Signal;

    use super::*;
    use crate::{Sandbox, Settings};

    #[test]
    fn a_plugin_that_is_being_let_in_has_one_thread() {
        let sandbox = Sandbox::new(Settings { threads: 4, ..Settings::default() }).unwrap();
        let mut plugin = Plugin::admit(&sandbox, fettle_builtin::PLUGINS[0].component, None).unwrap();
        assert_eq!(plugin.left(), None, "it is let in");
        Arc::get_mut(&mut plugin).unwrap().due = Some(Instant::now() + Duration::from_secs(3_600));
        let (params, method) = ("{}".to_owned(), plugin.methods()[0].name.clone());
        let traits =
            Traits { params, scope: Scope::Column, fitted: false, causal: true, removes_rows: false };
        let step = Step { kind: plugin.methods()[0].kind, plugin, method, traits };
        let values = vec![0.0; CELLS_WORTH_SHARING];
        let signals =
            ["a", "b", "c", "d"].map(|name| Signal { name: name.to_owned(), values: values.clone() });
        let timestamps = (0..CELLS_WORTH_SHARING as i64).collect();
        let frame = Arc::new(Frame::new(timestamps, signals.into(), Vec::new()).unwrap());
        let threads = step.each_column(&frame, |_, _, _| {
            // Time for others to join in, if they would.
            thread::sleep(Duration::from_millis(20));
            Ok(thread::current().id())
        });
        assert_eq!(threads.unwrap().into_iter().collect::<HashSet<_>>().len(), 1);
    }
}
