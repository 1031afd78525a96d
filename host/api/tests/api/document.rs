//! The API document: complete, served, and the one that is committed.

use std::path::Path;

use fettle_api::openapi_json;
use serde_json::Value;

use crate::server::Server;

/// Where the committed document lies.
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

fn document() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

/// Every operation as (method, path, operation).
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(|(method, operation)| (method.clone(), path.clone(), operation.clone()))
    });
    operations.collect()
}

#[test]
fn the_committed_document_is_the_current_one() {
    let current = openapi_json();
    if std::env::var_os("FETTLE_UPDATE").is_some() {
        std::fs::create_dir_all(Path::new(COMMITTED).parent().unwrap()).unwrap();
        std::fs::write(COMMITTED, &current).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == current,
        "docs/openapi.json is stale; run this test with FETTLE_UPDATE=1 to renew it"
    );
}

#[test]
fn every_operation_of_the_contract_is_documented() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found: Vec<_> =
        operations(&document).into_iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "delete /api/v2/ai/datasets/{dataset_id}",
            "delete /api/v2/jobs/{job_id}",
            "delete /api/v2/metadata/models/{model_code}",
            "get /api/v2/ai/datasets",
            "get /api/v2/ai/datasets/{dataset_id}",
            "get /api/v2/ai/datasets/{dataset_id}/download",
            "get /api/v2/ai/features/methods",
            "get /api/v2/ai/features/stats",
            "get /api/v2/health/live",
            "get /api/v2/health/ready",
            "get /api/v2/jobs",
            "get /api/v2/jobs/{job_id}",
            "get /api/v2/jobs/{job_id}/events",
            "get /api/v2/metadata/device-types",
            "get /api/v2/metadata/device-types/{device_type}/fields",
            "get /api/v2/metadata/devices",
            "get /api/v2/metadata/models",
            "get /api/v2/metadata/models/{model_code}",
            "get /api/v2/metrics",
            "get /api/v2/plugins",
            "post /api/v2/ai/datasets/{dataset_id}/replay",
            "post /api/v2/ai/features/dataset",
            "post /api/v2/ai/features/extract",
            "post /api/v2/auth/login",
            "post /api/v2/auth/logout",
            "post /api/v2/auth/refresh",
            "post /api/v2/data/import",
            "post /api/v2/data/query/realtime",
            "post /api/v2/metadata/models",
            "post /api/v2/plugins/reload",
            "post /api/v2/plugins/rollback",
            "put /api/v2/metadata/models/{model_code}",
        ]
    );
}

#[test]
fn every_operation_has_a_summary_a_description_and_a_tag() {
    for (method, path, operation) in operations(&document()) {
        let place = format!("{method} {path}");
        for part in ["summary", "description"] {
            assert!(operation[part].as_str().is_some_and(|text| text.len() > 4), "{place}: {part}");
        }
        let tags = operation["tags"].as_array().unwrap();
        assert_eq!(tags.len(), 1, "{place}");
        assert_eq!(path.contains("/ai/features"), tags[0] == "AI特征提取 v2", "{place}");
    }
}

#[test]
fn guarded_operations_say_so() {
    for (method, path, operation) in operations(&document()) {
        let open = ["login", "refresh", "health", "metrics"]
            .iter()
            .any(|word| path.contains(word) && !path.contains("/ai/"));
        assert_eq!(open, operation["security"].is_null(), "{method} {path}");
    }
}

#[test]
fn every_error_has_an_example_and_every_operation_has_errors() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("200") && responses.contains_key("500"), "{method} {path}");
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let content = &response["content"]["application/problem+json"];
            assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem");
            let examples =
                content["examples"].as_object().unwrap_or_else(|| panic!("{method} {path} {status}"));
            for (code, example) in examples {
                assert_eq!(example["value"]["code"], *code);
                assert_eq!(example["value"]["status"].to_string(), *status);
                assert_eq!(example["value"]["instance"], *path);
            }
        }
    }
}

#[test]
fn every_field_has_a_description_and_every_reference_a_target() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        check_fields(name, schema);
    }
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to and not there");
    }
}

fn check_fields(place: &str, schema: &Value) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{name}");
        // Of what may be null, the description stands beside the reference to what it is else.
        let alternatives = field["oneOf"].as_array().into_iter().flatten();
        let mut descriptions = [field].into_iter().chain(alternatives).map(|schema| &schema["description"]);
        assert!(
            descriptions.any(|text| text.as_str().is_some_and(|text| text.len() > 4)),
            "{place} has no description"
        );
        check_fields(&place, field);
        check_fields(&place, &field["items"]);
    }
    for part in ["allOf", "anyOf", "oneOf"] {
        for schema in schema[part].as_array().into_iter().flatten() {
            check_fields(place, schema);
        }
    }
}

#[tokio::test]
async fn every_documented_operation_is_routed() {
    let server = Server::start().await;
    for (method, path, _) in operations(&document()) {
        let path = path.strip_prefix("/api/v2").unwrap();
        let request =
            Server::request(&method.to_uppercase(), path, "").body(axum::body::Body::empty()).unwrap();
        let status = server.send(request).await.status;
        assert!(status != 404 && status != 405, "{method} {path}: {status}");
    }
}

#[tokio::test]
async fn the_document_and_its_reader_are_served() {
    let server = Server::start().await;
    assert_eq!(server.get("/openapi.json", "").await.json(), document());
    let moved = server.get("/docs", "").await;
    assert_eq!((moved.status.as_u16(), moved.header("location")), (303, "/api/v2/docs/"));
    let page = server.get("/docs/", "").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("swagger-ui"), "{}", page.text());
    let script = server.get("/docs/swagger-initializer.js", "").await;
    assert!(script.text().contains("/api/v2/openapi.json"), "{}", script.text());
}
