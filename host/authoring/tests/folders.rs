//! What a new plugin's folder holds.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

use std::fs;
use std::path::{Path, PathBuf};

use fettle_authoring::{CreateError, Kind, Language, NewPlugin, create};
use toml::Table;

fn new(kind: Kind, language: Language) -> NewPlugin {
    NewPlugin { name: "arc-on".parse().unwrap(), kind, language, program: PathBuf::from("/opt/fettle") }
}

/// Path in the folder and text of each file that is text.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.push((path.strip_prefix(folder).unwrap().display().to_string(), text));
            }
        }
    }
    found
}

#[test]
fn every_place_of_every_template_is_filled() {
    for kind in Kind::ALL {
        for language in [Language::Rust, Language::C] {
            let parent = tempfile::tempdir().unwrap();
            let folder = create(&new(kind, language), parent.path()).unwrap();
            let texts = texts(&folder);
            for (path, text) in &texts {
                // The SDK's own sources have braces of their own.
                let filled = path.starts_with("sdk/") || !text.contains("{{") || !text.contains("}}");
                assert!(filled, "{kind} {language:?}: {path}");
            }
            let all: String = texts.iter().map(|(_, text)| text.as_str()).collect();
            for part in ["arc-on", "arc_on", "/opt/fettle", kind.name()] {
                assert!(all.contains(part), "{kind} {language:?}: {part}");
            }
            assert!(
                texts
                    .iter()
                    .any(|(path, text)| path == "wit/step.wit" && text.contains("package fettle:step@"))
            );
        }
    }
}

#[test]
fn the_sdk_that_comes_along_needs_no_workspace() {
    let parent = tempfile::tempdir().unwrap();
    let folder = create(&new(Kind::Outlier, Language::Rust), parent.path()).unwrap();
    let manifest = fs::read_to_string(folder.join("sdk/Cargo.toml")).unwrap();
    assert!(!manifest.contains("workspace"), "{manifest}");
    let manifest: Table = manifest.parse().unwrap();
    assert_eq!(manifest["package"]["name"].as_str(), Some("fettle-sdk"));
    assert!(manifest["dependencies"]["serde"].get("version").is_some());
    assert!(!manifest.contains_key("dev-dependencies"));
    assert!(folder.join("sdk/src/lib.rs").exists() && folder.join("sdk/LICENSE").exists());
}

#[test]
fn what_is_there_is_not_written_over() {
    let parent = tempfile::tempdir().unwrap();
    let mine = parent.path().join("arc-on");
    fs::create_dir(&mine).unwrap();
    fs::write(mine.join("Makefile"), "mine").unwrap();
    let refused = create(&new(Kind::Window, Language::C), parent.path());
    assert!(matches!(refused, Err(CreateError::Exists(path)) if path == mine));
    assert_eq!(fs::read_to_string(mine.join("Makefile")).unwrap(), "mine");
    assert_eq!(fs::read_dir(&mine).unwrap().count(), 1);
}

#[test]
fn a_parent_that_is_not_there_is_told() {
    let refused = create(&new(Kind::Window, Language::C), Path::new("/no/such/folder")).unwrap_err();
    assert!(refused.to_string().starts_with("cannot write /no/such/folder/arc-on: "), "{refused}");
}
