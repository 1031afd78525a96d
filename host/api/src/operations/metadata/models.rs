//! Models: which fields of a device type, under which names, in which order.

mod body;
mod check;
pub(crate) mod create;
pub(crate) mod delete;
mod document;
mod fields;
pub(crate) mod list;
pub(crate) mod replace;
pub(crate) mod show;

use fettle_metadata::ModelType;

use crate::problem::{FieldProblem, Problem};
use crate::request::Named;

impl Named for ModelType {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("realtime", ModelType::Realtime),
        ("statistics", ModelType::Statistics),
        ("ai_analysis", ModelType::AiAnalysis),
    ];
}

fn missing(code: &str) -> Problem {
    let detail = format!("there is no model `{code}`");
    Problem::not_found(detail.as_str()).about(vec![FieldProblem::new("model_code", detail)])
}
