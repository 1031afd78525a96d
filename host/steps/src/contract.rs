//! The contract's plain values, as the rest of the house sees them.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::bindings::transform::fettle::step::types as wit;

/// The version of `wit/step.wit` that this host speaks.
pub(crate) const CONTRACT_MAJOR: &str = "1";

/// What a method is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Fills or drops missing cells.
    MissingValue,
    /// Bounds what is implausible.
    Outlier,
    /// Cuts rows into windows.
    Window,
    /// Makes features of windows.
    Feature,
    /// Scales.
    Normalize,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::MissingValue => "missing_value",
            Kind::Outlier => "outlier",
            Kind::Window => "window",
            Kind::Feature => "feature",
            Kind::Normalize => "normalize",
        })
    }
}

impl From<wit::Kind> for Kind {
    fn from(kind: wit::Kind) -> Self {
        match kind {
            wit::Kind::MissingValue => Kind::MissingValue,
            wit::Kind::Outlier => Kind::Outlier,
            wit::Kind::Window => Kind::Window,
            wit::Kind::Feature => Kind::Feature,
            wit::Kind::Normalize => Kind::Normalize,
        }
    }
}

/// Whether a method treats columns alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every call gets one column; columns may go to several threads.
    Column,
    /// Every call gets all columns.
    Frame,
}

/// What a method is with given parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// The parameters as JSON, every default filled in.
    pub params: String,
    /// Whether it treats columns alone.
    pub scope: Scope,
    /// Whether it needs a fitted state.
    pub fitted: bool,
    /// Whether a row's result depends on that row and earlier ones alone, given the state.
    pub causal: bool,
    /// Whether rows may be removed.
    pub removes_rows: bool,
}

impl From<wit::Traits> for Traits {
    fn from(traits: wit::Traits) -> Self {
        let wit::Traits { params, scope, fitted, causal, removes_rows } = traits;
        let scope = match scope {
            wit::Scope::Column => Scope::Column,
            wit::Scope::Frame => Scope::Frame,
        };
        Traits { params, scope, fitted, causal, removes_rows }
    }
}

/// What a step has learnt: JSON as the plugin wrote it, for each column or for the whole frame.
#[derive(Debug, Clone, Default)]
pub enum State {
    /// Nothing; the step is not fitted.
    #[default]
    None,
    /// A state for each column.
    Columns(Vec<(String, Box<RawValue>)>),
    /// One state.
    Frame(Box<RawValue>),
}

impl State {
    /// The text that a call with this column, or with the whole frame, gets.
    pub(crate) fn text(&self, column: Option<&str>) -> Option<&str> {
        match (self, column) {
            (State::None, _) => Some(""),
            (State::Frame(state), _) => Some(state.get()),
            (State::Columns(states), Some(column)) => {
                states.iter().find(|(name, _)| name == column).map(|(_, state)| state.get())
            }
            (State::Columns(_), None) => None,
        }
    }

    /// The state of a step of `scope`, from the JSON that it serialized to.
    pub fn from_json(scope: Scope, json: &RawValue) -> serde_json::Result<Self> {
        Ok(match scope {
            _ if json.get() == "null" => State::None,
            Scope::Frame => State::Frame(json.to_owned()),
            Scope::Column => State::Columns(serde_json::from_str::<InOrder>(json.get())?.0),
        })
    }

    /// The columns whose state says `"{flag}": true`. A frame's state is looked into where it is an object by column.
    pub fn columns_flagged(&self, flag: &str) -> Vec<String> {
        let flagged = |state: &serde_json::Value| state.get(flag) == Some(&serde_json::Value::Bool(true));
        match self {
            State::None => Vec::new(),
            State::Columns(states) => states
                .iter()
                .filter(|(_, state)| serde_json::from_str(state.get()).is_ok_and(|state| flagged(&state)))
                .map(|(name, _)| name.clone())
                .collect(),
            State::Frame(state) => {
                let columns: serde_json::Map<_, _> = serde_json::from_str(state.get()).unwrap_or_default();
                columns.iter().filter(|(_, state)| flagged(state)).map(|(name, _)| name.clone()).collect()
            }
        }
    }
}

/// The members of a JSON object in the order in which they stand.
struct InOrder(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for InOrder {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = InOrder;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a state for each column")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<InOrder, A::Error> {
                let mut states = Vec::new();
                while let Some(member) = members.next_entry()? {
                    states.push(member);
                }
                Ok(InOrder(states))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            State::None => serializer.serialize_none(),
            State::Columns(states) => {
                serializer.collect_map(states.iter().map(|(name, state)| (name, state)))
            }
            State::Frame(state) => state.serialize(serializer),
        }
    }
}
