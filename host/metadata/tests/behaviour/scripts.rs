//! The scripts in `config/postgres`, run as their heads say, with Fettle and without it.

use std::path::Path;
use std::process::Command;

use crate::support::on_postgres;
use fettle_metadata::{MetadataStore, PostgresSettings, PostgresStore};
use fettle_testbed::Postgres;

/// What `psql -f` prints.
fn run(url: &str, script: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/postgres").join(script);
    let mut command = Command::new("psql");
    command.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f"]).arg(path);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn indexes(server: &Postgres, url: &str) -> String {
    server.sql(
        url,
        "SELECT regexp_replace(indexdef, ' UNIQUE|public.', '', 'g') FROM pg_indexes
        WHERE indexname IN ('idx_device_field_type_code', 'idx_data_model_type_status', 'idx_active_models')
        ORDER BY 1",
    )
}

const EXPECTED: &str = "\
CREATE INDEX idx_active_models ON t_device_data_model USING btree (model_code) WHERE (is_active = true)
CREATE INDEX idx_data_model_type_status ON t_device_data_model USING btree (model_type, is_active)
CREATE INDEX idx_device_field_type_code ON t_device_field USING btree (device_type_id, field_code)
";

#[tokio::test]
async fn the_three_indexes_can_be_made_by_anybody_at_any_time() {
    let Some(server) = on_postgres() else { return };
    // Another service's database, which Fettle never sees.
    let theirs = server.database();
    server.sql(&theirs, include_str!("device_monitor.sql"));
    server.sql(&theirs, "DROP INDEX idx_device_field_type_code");
    for _ in 0..2 {
        assert_eq!(run(&theirs, "indexes.sql"), "");
        assert_eq!(indexes(server, &theirs), EXPECTED);
    }
    // Fettle's own.
    let ours = server.database();
    let store = PostgresStore::open(&PostgresSettings::new(ours.as_str())).await.unwrap();
    assert_eq!(indexes(server, &ours).replace(" UNIQUE", ""), EXPECTED);
    run(&ours, "indexes.sql");
    server.sql(&ours, "DROP INDEX idx_device_field_type_code, idx_data_model_type_status, idx_active_models");
    run(&ours, "indexes.sql");
    assert_eq!(indexes(server, &ours), EXPECTED);
    store.ping().await.unwrap();
}

#[tokio::test]
async fn the_slowest_statements_are_shown() {
    let Some(server) = on_postgres() else { return };
    let url = server.database();
    server.sql(&url, "SELECT pg_sleep(0.05)");
    for _ in 0..2 {
        run(&url, "pg_stat_statements.sql");
    }
    server.sql(&url, "SELECT pg_sleep(0.3)");
    let shown = run(&url, "pg_stat_statements.sql");
    let lines: Vec<_> = shown.lines().collect();
    assert!((1..=10).contains(&lines.len()), "{shown}");
    assert!(lines.iter().any(|line| line.ends_with("|SELECT pg_sleep($1)")), "{shown}");
    let totals: Vec<f64> =
        lines.iter().map(|line| line.split('|').nth(1).unwrap().parse().unwrap()).collect();
    assert!(totals.is_sorted_by(|a, b| a >= b), "{shown}");
}
