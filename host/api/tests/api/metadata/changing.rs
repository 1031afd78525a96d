//! Creating, changing and removing models: what it takes, and what answers say of it afterwards.

use serde_json::{Value, json};

use super::{Admin, MODELS, arc, data, put};
use crate::datasets::{DATASET, asked, text};
use crate::server::Server;

#[tokio::test]
async fn admins_alone_change_models_and_everybody_reads_them() {
    let admin = Admin::new().await;
    let server = &admin.client.server;
    let path = format!("{MODELS}/welding");
    let (viewer, body) = (server.token("viewer").await, arc(json!({})));
    for (token, detail) in [
        (&viewer, "this takes the role admin; viewer has the role viewer"),
        (&admin.client.token, "this takes the role admin; analyst has the role analyst"),
    ] {
        for answer in [
            server.post(MODELS, token, &body).await,
            put(server, "welding", token, &body).await,
            server.delete(&path, token).await,
        ] {
            assert_eq!(answer.problem(403, "forbidden")["detail"], detail);
        }
        assert_eq!(server.get(MODELS, token).await.status, 200);
        assert_eq!(server.get(&path, token).await.status, 200);
    }
    for read in
        [MODELS, &path, "/metadata/device-types", "/metadata/device-types/welder/fields", "/metadata/devices"]
    {
        server.get(read, "").await.problem(401, "unauthorized");
    }
    server.post(MODELS, "", &body).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_new_model_reads_its_fields_in_order_under_its_names_and_scales() {
    let admin = Admin::new().await;
    let fields = json!([
        {"field_code": "voltage", "name": "voltage_mv", "unit": "mV", "scale": 1000, "offset": 5},
        "current",
    ]);
    let created = data(&admin.create(json!({"fields": fields})).await);
    assert_eq!((&created, &created["revision"]), (&admin.model("arc").await, &json!(1)));
    let plain = json!({"features": ["max"], "normalize_method": "none"});
    let mut of_arc = plain.clone();
    of_arc["model_code"] = json!("arc");
    let (of_arc, of_welding) = (admin.client.data(of_arc).await, admin.client.data(plain).await);
    assert_eq!(of_arc["feature_names"], json!(["voltage_mv_max", "current_max"]));
    assert_eq!(of_welding["feature_names"], json!(["current_max", "voltage_max"]));
    let first = |data: &Value, column: usize| data["features"][0][column].as_f64().unwrap();
    assert!((first(&of_arc, 0) - (first(&of_welding, 1) * 1000.0 + 5.0)).abs() < 1e-9);
    assert_eq!(first(&of_arc, 1).to_bits(), first(&of_welding, 0).to_bits());
    let again = admin.create(json!({})).await.problem(409, "conflict");
    assert_eq!(
        (&again["detail"], &again["errors"][0]["field"]),
        (&json!("model `arc` exists already"), &json!("model_code"))
    );
}

#[tokio::test]
async fn every_change_is_a_new_revision_which_answers_carry() {
    let admin = Admin::new().await;
    let revision = async || admin.client.data(json!({})).await["metadata"]["model_revision"].clone();
    assert_eq!(revision().await, 1);

    let shown = admin.model("welding").await;
    assert_eq!(data(&admin.put("welding", &shown).await), shown, "what is there already is no change");
    assert_eq!(revision().await, 1);

    let mut changed = shown.clone();
    changed["fields"].as_array_mut().unwrap().reverse();
    let answered = data(&admin.put("welding", &changed).await);
    changed["revision"] = json!(2);
    assert_eq!((&answered, admin.model("welding").await), (&changed, changed.clone()));
    assert_eq!(revision().await, 2);
    assert_eq!(
        admin.client.data(json!({"features": ["max"]})).await["feature_names"],
        json!(["voltage_max", "current_max"])
    );

    let id = admin.client.dataset(json!({})).await;
    let manifest = data(&admin.client.server.get(&format!("/ai/datasets/{id}"), &admin.token).await);
    assert_eq!(manifest["content"]["model"]["revision"], 2);

    let stale = admin.put("welding", &shown).await.problem(409, "conflict");
    assert_eq!(stale["errors"][0]["field"], "revision");
    assert_eq!(stale["detail"], "model `welding` has revision 2, not 1");
    let mut whatever_revision = shown;
    whatever_revision["revision"] = Value::Null;
    assert_eq!(data(&admin.put("welding", &whatever_revision).await)["revision"], 3);
}

#[tokio::test]
async fn a_model_that_is_not_active_cannot_be_used_until_it_is_again() {
    let admin = Admin::new().await;
    let mut model = admin.model("welding").await;
    model["is_active"] = json!(false);
    model["revision"] = data(&admin.put("welding", &model).await)["revision"].clone();
    for answer in [admin.client.extract(json!({})).await, admin.client.build(json!({})).await] {
        let problem = answer.problem(404, "not_found");
        assert_eq!(
            problem["errors"][0],
            json!({"field": "model_code", "message": "there is no active model `welding`"})
        );
    }
    model["is_active"] = json!(true);
    data(&admin.put("welding", &model).await);
    admin.client.data(json!({})).await;
}

#[tokio::test]
async fn a_model_of_a_dataset_can_be_changed_and_not_removed() {
    let admin = Admin::new().await;
    let server = &admin.client.server;
    admin.client.dataset(json!({})).await;
    let newest = admin.client.dataset(json!({})).await;
    let path = format!("{MODELS}/welding");
    let problem = server.delete(&path, &admin.token).await.problem(409, "conflict");
    assert_eq!(problem["errors"][0]["field"], "model_code");
    assert!(text(&problem["detail"]).contains(&format!("`{newest}`")), "{problem}");
    let mut model = admin.model("welding").await;
    model["model_name"] = json!("Welding, as it was");
    assert_eq!(data(&admin.put("welding", &model).await)["revision"], 2);

    data(&admin.create(json!({})).await);
    assert_eq!(
        data(&server.delete(&format!("{MODELS}/arc"), &admin.token).await),
        json!({"model_code": "arc"})
    );
    for answer in [
        server.delete(&format!("{MODELS}/arc"), &admin.token).await,
        server.get(&format!("{MODELS}/arc"), &admin.token).await,
        admin.put("arc", &arc(json!({}))).await,
        admin.client.extract(json!({"model_code": "arc"})).await,
    ] {
        assert_eq!(answer.problem(404, "not_found")["errors"][0]["field"], "model_code");
    }
}

#[tokio::test]
async fn a_model_stays_with_its_device_type() {
    let admin = Admin::new().await;
    let force = json!({
        "model_name": "Force", "model_type": "realtime", "device_type": "press", "fields": ["force"], "label_fields": [],
    });
    let problem = admin.put("welding", &force).await.problem(409, "conflict");
    assert_eq!(problem["errors"][0]["field"], "device_type");
    assert_eq!(problem["detail"], "model `welding` reads device type `welder`, not `press`");
}

#[tokio::test]
async fn a_signal_can_be_the_label_of_a_model() {
    let admin = Admin::new().await;
    let labels = json!([{"field_code": "voltage", "name": "target", "data_type": "float"}]);
    let changes = json!({"fields": ["current"], "label_fields": labels});
    let created = data(&admin.create(changes).await);
    assert_eq!(created["label_fields"], labels);
    let mut request = asked(json!({"model_code": "arc", "label_column": "target"}));
    request["label_strategy"] = json!("mean");
    let built = data(&admin.client.server.post(DATASET, &admin.client.token, &request).await);
    assert_eq!(built["feature_count"], 5);
    assert!(built["label_statistics"]["total"]["mean"].as_f64().unwrap() > 20.0, "{built}");
}

#[tokio::test]
async fn bodies_are_read_as_everywhere() {
    let server = Server::start().await;
    let admin = server.token("admin").await;
    server.post(MODELS, &admin, &json!([])).await.problem(422, "invalid_parameter");
    let html = server.post_accepting("text/html", MODELS, &admin, &json!({})).await;
    html.problem(406, "not_acceptable");
    let request = Server::request("POST", MODELS, &admin).header("content-type", "text/plain");
    server.send(request.body("{}".into()).unwrap()).await.problem(415, "unsupported_media_type");
}
