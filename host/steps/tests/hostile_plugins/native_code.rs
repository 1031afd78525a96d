//! A damaged or swapped file among the native code is noticed and rebuilt, never run.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use fettle_steps::{Plugin, Sandbox, Settings};
use tempfile::TempDir;
use tracing_subscriber::fmt::MakeWriter;

use crate::case::answer;
use crate::house::{World, settings};

/// A folder of native code, and the plugins that it is of.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A start of the program: a sandbox that knows of nothing but the folder.
    fn sandbox(&self, secret: &str) -> Arc<Sandbox> {
        let native_code = Some((self.0.path().to_owned(), secret.as_bytes().to_vec()));
        Sandbox::new(Settings { threads: 1, native_code, ..settings() }).unwrap()
    }

    /// Starts, lets a plugin in, has it answer, and returns what the log says.
    fn start(&self, secret: &str, component: &[u8]) -> String {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
        let sandbox = self.sandbox(secret);
        let plugin =
            tracing::subscriber::with_default(subscriber, || Plugin::admit(&sandbox, component, None))
                .unwrap();
        let found = answer(&sandbox, &plugin, World::Window, false).unwrap();
        assert_eq!(found, [0.0, 2.0, 2.0, 4.0], "it answers rightly");
        log.text()
    }

    /// The entry of a component.
    fn entry(&self, component: &[u8]) -> PathBuf {
        use sha2::Digest;
        let digest = hex::encode(sha2::Sha256::digest(component));
        self.entries()
            .into_iter()
            .find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&digest))
            .unwrap()
    }

    fn entries(&self) -> Vec<PathBuf> {
        fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Log;

    fn make_writer(&'w self) -> Log {
        self.clone()
    }
}

/// Two plugins.
fn components() -> &'static [Vec<u8>; 2] {
    static COMPONENTS: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    COMPONENTS.get_or_init(|| ["one", "the other"].map(|orders| World::Window.ordered(orders)))
}

/// Has the entry of a plugin damaged, and shows that the next start notices, rebuilds it and answers rightly.
fn noticed(what: &str, damage: impl FnOnce(&Folder, &Path)) {
    let (folder, [component, _]) = (Folder::new(), components());
    assert_eq!(folder.start("secret", component), "", "{what}: nothing is wrong yet");
    let entry = folder.entry(component);
    let sound = fs::read(&entry).unwrap();
    damage(&folder, &entry);
    let log = folder.start("secret", component);
    assert!(log.contains("WARN") && log.contains("rebuilt"), "{what}: {log:?}");
    assert!(fs::symlink_metadata(&entry).unwrap().is_file(), "{what}");
    assert!(fs::read(&entry).unwrap() == sound, "{what}: it is as it was");
    assert_eq!(folder.start("secret", component), "", "{what}: the entry is used again");
}

fn flip(path: &Path, place: usize, bit: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place] ^= 1 << bit;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_bit_is_noticed_wherever_it_is() {
    let (folder, [component, _]) = (Folder::new(), components());
    folder.start("secret", component);
    let entry = folder.entry(component);
    let sound = fs::read(&entry).unwrap();
    // The first and the last byte of the MAC, the header of the code, and places all over it to the last byte.
    let length = sound.len();
    let all_over = (0..12).map(|part| 64 + part * (length - 65) / 11);
    for (bit, place) in [0, 31, 32, 40].into_iter().chain(all_over).enumerate() {
        flip(&entry, place, (bit % 8) as u8);
        let log = folder.start("secret", component);
        assert!(log.contains("is not what was written, and rebuilt"), "byte {place} of {length}: {log:?}");
        assert!(fs::read(&entry).unwrap() == sound, "byte {place} of {length}");
    }
}

#[test]
fn an_entry_that_is_cut_short_empty_or_longer_is_noticed() {
    for length in [0, 1, 31, 32, 33, 1000] {
        noticed(&format!("{length} bytes"), |_, entry| {
            fs::File::options().write(true).open(entry).unwrap().set_len(length).unwrap();
        });
    }
    noticed("a byte is missing", |_, entry| {
        let bytes = fs::read(entry).unwrap();
        fs::write(entry, &bytes[..bytes.len() - 1]).unwrap();
    });
    noticed("a byte too many", |_, entry| {
        fs::File::options().append(true).open(entry).unwrap().write_all(b"!").unwrap();
    });
    // No disk has so much; it is not read.
    noticed("without end", |_, entry| {
        fs::File::options().write(true).open(entry).unwrap().set_len(1 << 40).unwrap();
    });
}

#[test]
fn an_entry_of_another_plugin_is_noticed() {
    let [component, other] = components();
    noticed("swapped", |folder, entry| {
        folder.start("secret", other);
        fs::copy(folder.entry(other), entry).unwrap();
    });
    noticed("a link to another", |folder, entry| {
        folder.start("secret", other);
        fs::remove_file(entry).unwrap();
        symlink(folder.entry(other), entry).unwrap();
    });
    noticed("written with another secret", |_, entry| {
        let elsewhere = Folder::new();
        elsewhere.start("another secret", component);
        fs::copy(elsewhere.entry(component), entry).unwrap();
    });
}

#[test]
fn an_entry_of_another_engine_is_not_used() {
    let (folder, [component, _]) = (Folder::new(), components());
    folder.start("secret", component);
    let entry = folder.entry(component);
    let sound = fs::read(&entry).unwrap();
    // Another version of wasmtime looks for another name, and leaves this one alone.
    let name = entry.file_name().unwrap().to_str().unwrap();
    let (digest, engine) = name.split_once('-').unwrap();
    let of_another = entry.with_file_name(format!("{digest}-{}", engine.replacen(&engine[..1], "g", 1)));
    fs::rename(&entry, &of_another).unwrap();
    assert_eq!(folder.start("secret", component), "");
    assert!(fs::read(&entry).unwrap() == sound && of_another.exists());
    // Native code that says of itself that it is of another one, where this one's is looked for.
    noticed("of another engine", |_, entry| {
        let mut bytes = fs::read(entry).unwrap();
        let version = bytes.windows(3).position(|bytes| bytes == b"48.").unwrap_or(40);
        bytes[version] ^= 1;
        fs::write(entry, bytes).unwrap();
    });
}

#[test]
fn what_is_no_file_is_neither_read_nor_waited_for() {
    noticed("a folder", |_, entry| {
        fs::remove_file(entry).unwrap();
        fs::create_dir(entry).unwrap();
    });
    noticed("a device that never ends", |_, entry| {
        fs::remove_file(entry).unwrap();
        symlink("/dev/zero", entry).unwrap();
    });
}

#[test]
fn a_link_to_the_same_entry_elsewhere_is_as_good_as_the_entry() {
    let (folder, elsewhere, [component, _]) = (Folder::new(), TempDir::new().unwrap(), components());
    folder.start("secret", component);
    let entry = folder.entry(component);
    let moved = elsewhere.path().join("moved");
    fs::copy(&entry, &moved).unwrap();
    fs::remove_file(&entry).unwrap();
    symlink(&moved, &entry).unwrap();
    assert_eq!(folder.start("secret", component), "");
    flip(&moved, 100, 1);
    assert!(folder.start("secret", component).contains("rebuilt"));
    assert!(fs::symlink_metadata(&entry).unwrap().is_file(), "the link is gone");
}

#[test]
fn entries_that_nobody_has_used_for_a_month_are_removed() {
    let (folder, [component, other]) = (Folder::new(), components());
    let age = |path: &Path, days: u64| {
        let then = SystemTime::now() - Duration::from_secs(days * 86_400);
        fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    };
    folder.start("secret", component);
    let (used, strange) = (folder.entry(component), folder.0.path().join("notes.txt"));
    let unused = used.with_file_name("0123-4567.native");
    let unfinished = used.with_file_name("0123-4567.89.part");
    let recent = used.with_file_name("89ab-cdef.native");
    for path in [&unused, &unfinished, &recent, &strange] {
        fs::write(path, "x").unwrap();
    }
    age(&used, 40);
    age(&unused, 31);
    age(&unfinished, 31);
    age(&recent, 29);
    age(&strange, 400);
    // Its use makes it young again; the code of another is written, and what is old is swept.
    folder.start("secret", component);
    folder.start("secret", other);
    for (path, stays) in
        [(&used, true), (&recent, true), (&strange, true), (&unused, false), (&unfinished, false)]
    {
        assert_eq!(path.exists(), stays, "{}", path.display());
    }
}
