//! The files of a dataset: their forms, parts of them, and who has them already.

use std::io::Read;

use axum::body::Body;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;

use super::{client, text};
use crate::extract::Client;
use crate::server::{Answer, Server};

/// A dataset, and the path of its files.
async fn dataset() -> (Client, String, String) {
    let client = client().await;
    let id = client.dataset(json!({})).await;
    let path = format!("/ai/datasets/{id}/download");
    (client, id, path)
}

async fn ask(client: &Client, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Server::request(method, path, &client.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn parquet_and_all_rows_are_what_is_answered_unless_asked() {
    let (client, id, path) = dataset().await;
    let viewer = client.server.token("viewer").await;
    let answer = client.server.get(&path, &viewer).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/vnd.apache.parquet")
    );
    assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{id}.parquet\""));
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert!(answer.header("etag").starts_with('"') && answer.header("etag").ends_with('"'));
    let stored = client.server.folder.path().join("datasets/datasets").join(&id).join("data.parquet");
    assert_eq!(answer.body, std::fs::read(stored).unwrap());
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(answer.body)).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 38);
}

#[tokio::test]
async fn every_form_of_every_part_can_be_had_and_stays_what_it_is() {
    let (client, id, path) = dataset().await;
    let lines = |answer: &Answer| answer.text().lines().count() - 1;
    let mut rows = Vec::new();
    for (format, media_type, splits) in [
        ("parquet", "application/vnd.apache.parquet", &["all", "train", "val"][..]),
        ("arrow", "application/vnd.apache.arrow.stream", &["all", "train", "val"]),
        ("csv", "text/csv; charset=utf-8; header=present", &["all", "train", "val"]),
        ("npz", "application/zip", &["all"]),
    ] {
        for split in splits {
            let path = format!("{path}?format={format}&split={split}");
            let answer = ask(&client, "GET", &path, &[("accept", "*/*")]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, media_type));
            let name =
                if *split == "all" { format!("{id}.{format}") } else { format!("{id}_{split}.{format}") };
            assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{name}\""));
            let again = ask(&client, "GET", &path, &[]).await;
            assert_eq!((again.header("etag"), &again.body), (answer.header("etag"), &answer.body));
            if format == "csv" {
                rows.push(lines(&answer));
            }
        }
    }
    assert_eq!(rows, [38, 30, 8]);
    let leftover = std::fs::read_dir(client.server.folder.path().join("scratch")).unwrap().count();
    assert_eq!(leftover, 0, "files on the way are gone");
}

#[tokio::test]
async fn npz_has_both_sides_and_other_words_are_no_formats() {
    let (client, _, path) = dataset().await;
    for (query, told) in [
        ("format=npz&split=train", "split: must be `all`"),
        ("format=xlsx", "format: must be `parquet` or `arrow` or `csv` or `npz`, not `xlsx`"),
        ("split=test", "split: must be `all` or `train` or `val`, not `test`"),
        ("fromat=csv", "fromat: is not a field of this request; did you mean `format`?"),
    ] {
        let answered = ask(&client, "GET", &format!("{path}?{query}"), &[]).await.invalid();
        assert!(answered.len() == 1 && answered[0].starts_with(told), "{answered:?}");
    }
    ask(&client, "GET", "/ai/datasets/ds_20251103_999/download?format=csv", &[])
        .await
        .problem(404, "not_found");
    client.server.get(&path, "").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_part_is_answered_for_one_range() {
    let (client, _, path) = dataset().await;
    let path = format!("{path}?format=csv");
    let whole = ask(&client, "GET", &path, &[]).await.body;
    let size = whole.len();
    for (range, part) in [("bytes=0-99", 0..100), ("bytes=100-", 100..size), ("bytes=-7", size - 7..size)] {
        let answer = ask(&client, "GET", &path, &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (206, &whole[part.clone()]));
        let told = format!("bytes {}-{}/{size}", part.start, part.end - 1);
        assert_eq!(
            (answer.header("content-range"), answer.header("content-length")),
            (told.as_str(), part.len().to_string().as_str())
        );
    }
    for range in ["bytes=0-1,4-5", "bytes=9-1", "rows=0-1", "bytes"] {
        let answer = ask(&client, "GET", &path, &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, size), "{range}");
    }
    for range in [format!("bytes={size}-"), "bytes=-0".to_owned()] {
        let answer = ask(&client, "GET", &path, &[("range", &range)]).await;
        answer.problem(416, "range_not_satisfiable");
        assert_eq!(answer.header("content-range"), format!("bytes */{size}"));
    }
}

#[tokio::test]
async fn who_has_a_file_gets_nothing_and_who_has_a_part_of_another_gets_all() {
    let (client, _, path) = dataset().await;
    let answer = ask(&client, "GET", &path, &[]).await;
    let (etag, size) = (answer.header("etag"), answer.body.len());
    let known = ask(&client, "GET", &path, &[("if-none-match", etag), ("range", "bytes=0-1")]).await;
    assert_eq!((known.status.as_u16(), known.body.len(), known.header("etag")), (304, 0, etag));
    assert_eq!(known.header("content-range"), "");
    let other = ask(&client, "GET", &path, &[("if-none-match", "\"other\"")]).await;
    assert_eq!((other.status.as_u16(), other.body.len()), (200, size));
    let same = ask(&client, "GET", &path, &[("if-range", etag), ("range", "bytes=0-1")]).await;
    assert_eq!((same.status.as_u16(), same.body.len()), (206, 2));
    for tag in ["\"other\"", "Sat, 01 Nov 2025 00:00:00 GMT"] {
        let all = ask(&client, "GET", &path, &[("if-range", tag), ("range", "bytes=0-1")]).await;
        assert_eq!((all.status.as_u16(), all.body.len()), (200, size), "{tag}");
    }
}

#[tokio::test]
async fn head_tells_what_get_would_answer() {
    let (client, _, path) = dataset().await;
    let get = ask(&client, "GET", &path, &[]).await;
    let head = ask(&client, "HEAD", &path, &[("range", "bytes=0-1")]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for name in ["content-length", "content-type", "content-disposition", "etag", "accept-ranges"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[tokio::test]
async fn first_downloads_at_once_get_the_same_file() {
    let (client, _, path) = dataset().await;
    let path = format!("{path}?format=npz");
    let (one, other) = tokio::join!(ask(&client, "GET", &path, &[]), ask(&client, "GET", &path, &[]));
    assert_eq!((one.status.as_u16(), one.header("etag")), (200, other.header("etag")));
    assert_eq!(one.body, other.body);
    let mut first = [0; 4];
    one.body.as_slice().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"PK\x03\x04");
}

#[tokio::test]
async fn the_download_url_of_a_build_leads_to_its_file() {
    let client = client().await;
    let url = text(&client.built(json!({})).await["download_url"]);
    let answer = ask(&client, "GET", url.strip_prefix("/api/v2").unwrap(), &[]).await;
    assert_eq!(answer.status, 200);
}
