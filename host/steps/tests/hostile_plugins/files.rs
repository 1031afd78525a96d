//! Files that are no plugins, or no longer: too large, cut short, with bits flipped, swapped for others.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use fettle_observe::Metrics;
use fettle_steps::{AdmissionError, Plugin, Plugins, Sandbox, Settings, Sources, Trigger};
use sha2::{Digest, Sha256};

use crate::case::answer;
use crate::house::{World, admit, assert_sound, on_guest_thread, sandbox, settings};

/// Nothing of what is damaged is kept.
fn sandbox_of_damaged() -> Arc<Sandbox> {
    Sandbox::new(Settings { native_code: None, ..settings() }).unwrap()
}

/// A server's plugins: a built-in one, and a file beside it.
async fn plugins(folder: &Path, entries: &str) -> Arc<Plugins> {
    let built_in = "[[plugin]]\nname = \"normalize\"\nsource = \"builtin:normalize\"\n";
    let file = folder.join("plugins.toml");
    std::fs::write(&file, built_in).unwrap();
    let sources = Sources {
        file: Some(file.clone()),
        builtin: fettle_builtin::PLUGINS.map(|builtin| (builtin.name, builtin.component)).to_vec(),
        kept: None,
        keeps: false,
    };
    let plugins = Plugins::start(Arc::clone(sandbox()), sources, Arc::new(Metrics::new())).await.unwrap();
    std::fs::write(&file, format!("{built_in}{entries}")).unwrap();
    plugins
}

const ENTRY: &str = "[[plugin]]\nname = \"hostile\"\nsource = \"hostile.wasm\"\n";

/// Why the file is not taken; what was there before still is.
async fn told(folder: &Path, entries: &str) -> String {
    let plugins = plugins(folder, entries).await;
    let mut outcome = plugins.reload(Trigger::Request).await;
    assert!(!outcome.committed);
    assert_eq!(plugins.current().get().plugins().len(), 1, "the built-in plugin still serves");
    outcome.refusals.remove(0).message
}

#[tokio::test]
async fn a_file_of_two_hundred_megabytes_is_refused_by_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.wasm");
    File::create(&path).unwrap().set_len(200_000_000).unwrap();
    let told = told(folder.path(), ENTRY).await;
    assert_eq!(
        told,
        format!("{}: the file has 200000000 bytes; at most 67108864 are allowed", path.display())
    );
}

#[tokio::test]
async fn what_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.wasm");
    std::fs::create_dir(&path).unwrap();
    assert_eq!(told(folder.path(), ENTRY).await, format!("{}: it is not a file", path.display()));
    std::fs::remove_dir(&path).unwrap();
    // It never ends.
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    assert_eq!(told(folder.path(), ENTRY).await, format!("{}: it is not a file", path.display()));
}

#[tokio::test]
async fn a_file_that_was_swapped_is_not_what_was_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let (pinned, swapped) = (World::Transform.ordered("nothing"), World::Transform.ordered("nothing else"));
    let [pinned, found] = [&pinned, &swapped].map(|bytes| hex::encode(Sha256::digest(bytes)));
    std::fs::write(folder.path().join("hostile.wasm"), &swapped).unwrap();
    let told = told(folder.path(), &format!("{ENTRY}sha256 = \"{pinned}\"\n")).await;
    assert_eq!(told, format!("the file has sha256 {found}, not {pinned}"));
}

#[test]
fn bytes_that_are_too_many_are_refused_before_anything_else() {
    let error = Plugin::admit(sandbox(), &vec![0; (64 << 20) + 1], None).unwrap_err();
    assert!(matches!(error, AdmissionError::TooLarge { bytes: 67_108_865, limit: 67_108_864 }), "{error}");
}

#[test]
fn a_file_that_is_cut_short_is_refused() {
    let sandbox = sandbox_of_damaged();
    let whole = World::Transform.ordered("nothing");
    // What is cut off within the first nine tenths is never a mere comment.
    for bytes in (0..whole.len() * 9 / 10).step_by(whole.len() / 100) {
        match admit(&sandbox, whole[..bytes].to_vec()) {
            Err(AdmissionError::Invalid(_) | AdmissionError::Contract(_)) => {}
            other => panic!("{bytes} of {} bytes: {other:?}", whole.len()),
        }
    }
    assert_sound(&sandbox);
}

#[test]
fn a_file_with_a_bit_flipped_does_no_harm() {
    let sandbox = sandbox_of_damaged();
    let whole = World::Transform.ordered("nothing");
    let mut refused = 0;
    for place in (0..whole.len()).step_by(whole.len() / 100) {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        match admit(&sandbox, flipped) {
            // It may be another plugin now, or the same with another comment: whatever it answers ends.
            Ok(plugin) if plugin.methods()[0].name == "hostile" => {
                drop(answer(&sandbox, &plugin, World::Transform, false));
            }
            Ok(_) => {}
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 20, "{refused}");
    assert_sound(&sandbox);
    let sound = admit(&sandbox, whole).unwrap();
    on_guest_thread(&sandbox, move || sound.examples().unwrap());
}
