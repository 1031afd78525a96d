//! Rebuilds the crate when a migration is added: `sqlx::migrate!` alone notices changes to those that it knows.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
