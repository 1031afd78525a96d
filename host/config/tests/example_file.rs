//! `config/fettle.toml`: it loads, it names every key, and what it calls defaults are the defaults.

use std::fs;
use std::path::{Path, PathBuf};

use fettle_config::{Purpose, Settings};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

#[test]
fn every_example_loads() {
    let mut loaded = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("fettle") && name.ends_with(".toml") {
            Settings::load(&path, Purpose::Command).unwrap_or_else(|error| panic!("{error}"));
            loaded += 1;
        }
    }
    assert!(loaded >= 1);
}

#[test]
fn the_example_holds_the_defaults() {
    let settings = Settings::load(&folder().join("fettle.toml"), Purpose::Command).unwrap();
    assert_eq!(settings, Settings::embedded(folder().join("fettle-data")));
}

#[test]
fn every_key_stands_in_the_example_below_a_comment() {
    let text = fs::read_to_string(folder().join("fettle.toml")).unwrap();
    let settings: toml::Table = Settings::embedded("fettle-data").explain().parse().unwrap();
    for (section, keys) in &settings {
        let header = format!("[{section}]\n");
        let body = text.split_once(&header).unwrap_or_else(|| panic!("no {header}")).1;
        let body = body.split("\n[").next().unwrap();
        for key in keys.as_table().unwrap().keys() {
            let assignment = format!("{key} = ");
            let place = body.lines().position(|line| line.trim_start_matches("# ").starts_with(&assignment));
            let place = place.unwrap_or_else(|| panic!("[{section}] says nothing of `{key}`"));
            let above = place.checked_sub(1).and_then(|above| body.lines().nth(above));
            assert!(above.is_some_and(|line| line.starts_with("# ")), "[{section}] {key} has no comment");
        }
    }
}
