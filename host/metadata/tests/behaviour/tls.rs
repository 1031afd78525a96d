//! Connections as the URL's `sslmode` wants them.

use std::process::Command;

use fettle_metadata::{MetadataError, MetadataStore, PostgresSettings, PostgresStore};
use fettle_testbed::Postgres;

/// Makes a certificate that vouches for itself, for the server alone to read, and turns TLS on.
fn encrypt(server: &Postgres) {
    let script = "cd \"$0/data\" && printf '[req]\\ndistinguished_name = name\\n[name]\\n' > tls.cnf \
        && openssl req -x509 -config tls.cnf -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.crt 2> /dev/null \
        && chmod 600 server.key && chown --reference=PG_VERSION server.key server.crt";
    let made = Command::new("sh").args(["-c", script]).arg(server.folder()).status().unwrap();
    assert!(made.success(), "openssl makes a certificate");
    server.sql("postgres", "ALTER SYSTEM SET ssl = on");
    server.sql("postgres", "SELECT pg_reload_conf()");
}

#[tokio::test]
async fn connections_are_encrypted_and_verified_as_the_url_says() {
    let Some(server) = Postgres::start() else { return };
    let url = server.database();
    let required = PostgresSettings::new(format!("{url}?sslmode=require"));
    let error = PostgresStore::open(&required).await.unwrap_err();
    assert!(matches!(error, MetadataError::Open { .. }), "the server does not do it: {error:?}");

    encrypt(&server);
    let certificate = server.folder().join("data/server.crt");
    let verified = format!("{url}?sslmode=verify-full&sslrootcert={}", certificate.display());
    for url in [required.url.clone(), verified] {
        let named = PostgresSettings { application_name: url.clone(), ..PostgresSettings::new(url) };
        let store = loop {
            // The server takes a moment to read its settings again.
            match PostgresStore::open(&named).await {
                Err(MetadataError::Open { .. }) => std::thread::yield_now(),
                opened => break opened.unwrap(),
            }
        };
        store.ping().await.unwrap();
        let encrypted = "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
            WHERE application_name LIKE 'postgres://%'";
        assert_eq!(server.sql("postgres", encrypted), "t\n");
    }
    // Nobody vouches for the certificate where it is not named.
    let error = PostgresStore::open(&PostgresSettings::new(format!("{url}?sslmode=verify-full"))).await;
    assert!(matches!(error, Err(MetadataError::Open { .. })), "{error:?}");
}
