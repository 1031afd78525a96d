//! Looking datasets up, and removing them.

use serde_json::{Value, json};

use super::{assert_documented, client, text};

#[tokio::test]
async fn datasets_are_listed_newest_first_and_page_by_page() {
    let client = client().await;
    let mut built = Vec::new();
    for seed in 0..3 {
        built.push(client.dataset(json!({"random_state": seed})).await);
    }
    let viewer = client.server.token("viewer").await;
    let list = async |query: &str| {
        let answer = client.server.get(&format!("/ai/datasets{query}"), &viewer).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].clone()
    };
    let ids = |data: &Value| -> Vec<String> {
        data["items"].as_array().unwrap().iter().map(|item| text(&item["dataset_id"])).collect()
    };
    let all = list("").await;
    built.reverse();
    assert_eq!(ids(&all), built);
    assert_eq!((&all["total"], &all["total_is_estimate"]), (&json!(3), &json!(false)));
    assert_eq!((&all["page"], &all["page_size"], &all["next_cursor"]), (&json!(1), &json!(50), &Value::Null));
    let item = &all["items"][0];
    assert_documented(item, "Dataset");
    assert_eq!((&item["device_codes"], &item["label_column"]), (&json!(["W1", "W2"]), &json!("quality")));
    assert_eq!(item["created_by"], "analyst");
    let digits = |time: &str| text(&item[time]).len();
    assert_eq!(digits("start_time"), digits("created_at"), "{item}");

    let first = list("?page_size=2").await;
    let second = list(&format!("?page_size=2&cursor={}", text(&first["next_cursor"]))).await;
    assert_eq!([ids(&first), ids(&second)].concat(), built);
    assert_eq!((&second["page"], &second["next_cursor"]), (&json!(2), &Value::Null));
    assert_eq!(list("?page_size=2&page=2").await, second);
    assert_eq!(list("?page=9").await["items"], json!([]));
    assert_eq!(list("?model_code=welding").await["total"], 3);
    assert_eq!(list("?model_code=other").await["total"], 0);

    for (query, field) in [
        ("page=0", "page"),
        ("page_size=501", "page_size"),
        ("cursor=x", "cursor"),
        ("page=1&page=2", "page"),
        ("modelcode=welding", "modelcode"),
    ] {
        let told = client.server.get(&format!("/ai/datasets?{query}"), &viewer).await.invalid();
        assert!(told[0].starts_with(&format!("{field}: ")), "{told:?}");
    }
}

#[tokio::test]
async fn a_manifest_is_answered_as_it_is_stored() {
    let client = client().await;
    let id = client.dataset(json!({})).await;
    let viewer = client.server.token("viewer").await;
    let answer = client.server.get(&format!("/ai/datasets/{id}"), &viewer).await;
    let file = client.server.folder.path().join("datasets/datasets").join(&id).join("manifest.json");
    let stored = std::fs::read_to_string(file).unwrap();
    assert!(answer.text().contains(&stored), "{}", answer.text());
    assert_documented(&answer.json()["data"], "Manifest");
    for id in ["ds_20251103_001", "..", "%2e%2e%2f", "x"] {
        let answer = client.server.get(&format!("/ai/datasets/{id}"), &viewer).await;
        answer.problem(404, "not_found");
    }
}

#[tokio::test]
async fn datasets_are_removed_by_who_asked_for_them_or_by_an_admin() {
    let client = client().await;
    let server = &client.server;
    let (viewer, admin) = (server.token("viewer").await, server.token("admin").await);
    let own = format!("/ai/datasets/{}", client.dataset(json!({})).await);
    let other = format!("/ai/datasets/{}", client.dataset(json!({})).await);
    server.delete(&own, &viewer).await.problem(403, "forbidden");
    let answer = server.delete(&own, &client.token).await;
    assert_eq!(format!("/ai/datasets/{}", text(&answer.json()["data"]["dataset_id"])), own);
    server.delete(&own, &client.token).await.problem(404, "not_found");
    for path in [own.clone(), format!("{own}/download")] {
        server.get(&path, &viewer).await.problem(404, "not_found");
    }
    assert_eq!(server.delete(&other, &admin).await.status, 200);
    let mut request = super::asked(json!({}));
    request["random_state"] = json!(7);
    let of_admin = server.post(super::DATASET, &admin, &request).await.json();
    let of_admin = format!("/ai/datasets/{}", text(&of_admin["data"]["dataset_id"]));
    let problem = server.delete(&of_admin, &client.token).await.problem(403, "forbidden");
    assert!(problem["detail"].as_str().unwrap().contains("is admin's"), "{problem}");
}
