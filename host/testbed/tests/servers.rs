//! The servers do what tests ask of them.

use fettle_testbed::{Postgres, Redis};

#[test]
fn postgres_keeps_its_databases_through_a_power_failure() {
    let Some(postgres) = Postgres::start() else { return };
    let database = postgres.database();
    assert_ne!(postgres.database(), database);
    postgres.sql(&database, "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (7); CHECKPOINT");
    postgres.kill();
    postgres.restart();
    assert_eq!(postgres.sql(&database, "SELECT x FROM t"), "7\n");
    postgres.freeze();
    postgres.thaw();
    assert_eq!(postgres.sql(&database, "SELECT 1"), "1\n");
}

#[test]
fn redis_comes_back_on_its_port() {
    let Some(redis) = Redis::start() else { return };
    let url = redis.url();
    redis.kill();
    redis.restart();
    redis.freeze();
    redis.thaw();
    assert_eq!(redis.url(), url);
}
