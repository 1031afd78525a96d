//! Pages of the newest rows, by number and by cursor; how far one request looks, and what it makes of the rest.

use serde_json::{Value, json};

use super::{Press, Viewer, places, press};

/// Rows that one request looks at, as the document says.
const SCANNED: usize = 200_000;

#[tokio::test]
async fn a_cursor_stays_where_it_is_while_rows_arrive_and_numbers_move() {
    let viewer = Viewer::new().await;
    let rows: Vec<Press> = (1..=6).map(|second| press(second, 0.0)).collect();
    viewer.write("P1", &rows).await;
    let first = viewer.data(json!({"page_size": 2})).await;
    assert_eq!(places(&first), ["P1 6", "P1 5"]);
    viewer.write("P1", &[press(7, 0.0), press(8, 0.0)]).await;
    viewer.write("P2", &[press(5, 0.0)]).await;
    let cursor = &first["next_cursor"];
    let second = viewer.data(json!({"page_size": 3, "cursor": cursor})).await;
    assert_eq!(places(&second), ["P2 5", "P1 4", "P1 3"], "behind P1 5, whatever has come since");
    assert_eq!((&second["page"], &second["total"]), (&json!(2), &json!(9)));
    assert_eq!(
        viewer.rows(json!({"page": 2, "page_size": 2})).await,
        ["P1 6", "P1 5"],
        "the second pair of now"
    );
}

#[tokio::test]
async fn a_cursor_is_taken_by_its_own_query_alone() {
    let viewer = Viewer::new().await;
    viewer.write("P1", &[press(1, 0.0), press(2, 0.0), press(3, 0.0)]).await;
    let filters = json!({"force": {"gte": 0, "lt": 9}, "device_code": "P1"});
    let page = viewer.data(json!({"filters": filters, "page_size": 1})).await;
    let cursor = &page["next_cursor"];
    let reordered = json!({"device_code": "P1", "force": {"lt": 9, "gte": 0}});
    assert_eq!(viewer.rows(json!({"filters": reordered, "cursor": cursor})).await, ["P1 2", "P1 1"]);
    let told = viewer.ask(json!({"filters": {}, "cursor": cursor})).await.invalid();
    assert_eq!(told, ["cursor: is of a query with another model or other filters"]);
    let told = viewer.ask(json!({"filters": filters, "cursor": cursor, "page": 2})).await.invalid();
    assert_eq!(told, ["page: stands beside `cursor`; one of the two says which page is next"]);
    let told = viewer.ask(json!({"cursor": "page two"})).await.invalid();
    assert_eq!(told, ["cursor: must be the `next_cursor` of an answer"]);
}

#[tokio::test]
async fn pages_of_numbers_end_at_the_ten_thousandth_row_and_cursors_go_on() {
    let viewer = Viewer::new().await;
    let rows: Vec<Press> = (0..10_050).map(|second| press(second, 0.0)).collect();
    viewer.write("P1", &rows).await;
    let last = viewer.data(json!({"page": 200, "page_size": 50})).await;
    assert_eq!(places(&last)[49], "P1 50");
    assert_eq!(last["total"], 10_050);
    let told = viewer.ask(json!({"page": 201, "page_size": 50})).await.invalid();
    assert_eq!(
        told,
        [
            "page: reaches row 10050, and pages of 50 rows have numbers up to row 10000; go on with the `next_cursor` of an \
          answer as `cursor`"
        ]
    );
    let next = viewer.data(json!({"cursor": last["next_cursor"], "page_size": 50})).await;
    assert_eq!((places(&next)[49].as_str(), &next["page"]), ("P1 0", &json!(201)));
    assert_eq!(next["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_filter_that_finds_little_ends_at_its_limit_and_goes_on_behind_it() {
    let viewer = Viewer::new().await;
    // Two rows that are found: the very first, and one within the reach of the first request.
    let last = SCANNED as i64 + 99;
    let rows: Vec<Press> = (0..=last)
        .map(|second| press(second, if second == 0 || second == last - 5 { 9.0 } else { 1.0 }))
        .collect();
    viewer.write("P1", &rows).await;
    let asked = json!({"filters": {"force": {"gt": 5}}, "page_size": 2});
    let first = viewer.data(asked.clone()).await;
    assert_eq!(places(&first), [format!("P1 {}", last - 5)]);
    assert_eq!(first["warnings"][0]["code"], "scan_limit");
    assert!(first["warnings"][0]["message"].as_str().unwrap().contains("200000 rows"), "{first}");
    assert_eq!(first["total_is_estimate"], true);
    assert_eq!(first["total"], 1, "one of 200,000, of 200,100");
    let mut further = asked;
    further["cursor"] = first["next_cursor"].clone();
    let second = viewer.data(further.clone()).await;
    assert_eq!(places(&second), ["P1 0"]);
    assert_eq!((&second["warnings"], &second["next_cursor"]), (&json!([]), &Value::Null));

    // By number: what was still to be passed over is not forgotten.
    let by_number = json!({"filters": {"force": {"gt": 5}}, "page": 2, "page_size": 1});
    let first = viewer.data(by_number.clone()).await;
    assert_eq!(places(&first), [""; 0]);
    let mut further = by_number;
    further.as_object_mut().unwrap().remove("page");
    further["cursor"] = first["next_cursor"].clone();
    assert_eq!(places(&viewer.data(further).await), ["P1 0"]);
}

#[tokio::test]
async fn an_estimate_is_the_share_of_what_was_looked_at() {
    let viewer = Viewer::new().await;
    let rows: Vec<Press> = (0..40_000).map(|second| press(second, (second % 4) as f64)).collect();
    viewer.write("P1", &rows).await;
    let data = viewer.data(json!({"filters": {"force": 3}, "page_size": 500})).await;
    assert_eq!((data["items"].as_array().unwrap().len(), &data["total_is_estimate"]), (500, &json!(true)));
    let total = data["total"].as_u64().unwrap();
    assert!((9_900..=10_100).contains(&total), "{total} of 10,000");
}
