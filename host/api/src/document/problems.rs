//! The errors of an operation, as the API document shows them.

use std::collections::BTreeMap;

use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::BASE_PATH;
use crate::problem::{Code, PROBLEM_JSON, ProblemDocument};

/// Declares a type that stands for an operation's errors in its `responses(…)`, each with an example:
/// `problem_responses!(LoginProblems at "/auth/login": BadRequest, Unauthorized);`
macro_rules! problem_responses {
    ($name:ident at $path:literal: $($code:ident),+ $(,)?) => {
        /// What can go wrong.
        struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::response::Response>,
            > {
                $crate::document::responses_for($path, &[$($crate::problem::Code::$code),+])
            }
        }
    };
}

pub(crate) use problem_responses;

/// A response for each status among `codes`, with an example for each code.
pub(crate) fn responses_for(path: &str, codes: &[Code]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<String, Vec<Code>> = BTreeMap::new();
    for &code in codes {
        by_status.entry(code.status().as_str().to_owned()).or_default().push(code);
    }
    by_status.into_iter().map(|(status, codes)| (status, RefOr::T(response(path, &codes)))).collect()
}

fn response(path: &str, codes: &[Code]) -> Response {
    let examples = codes.iter().map(|&code| {
        let document = ProblemDocument::example(code, &format!("{BASE_PATH}{path}"));
        let value = serde_json::to_value(document).expect("a problem is plain strings and numbers");
        (code.name(), ExampleBuilder::new().summary(code.title()).value(Some(value)).build())
    });
    let titles: Vec<_> = codes.iter().map(|code| format!("`{}`: {}", code.name(), code.title())).collect();
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    ResponseBuilder::new().description(titles.join("; ")).content(PROBLEM_JSON, content).build()
}
