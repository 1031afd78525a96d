//! The memory of a server returns to where it was, whatever plugins do: in a process of its own, since other tests would
//! be seen in it.

#![expect(clippy::unwrap_used, reason = "a test fails where its set-up does")]

/// A list of all cases, without their tests.
macro_rules! cases {
    ($($name:ident: $met:ident $world:ident $orders:literal => $told:literal;)+) => {
        pub const CASES: &[crate::case::Case] = &[$(crate::case::case!($name, $met, $world, $orders, $told)),+];
    };
}

#[path = "../hostile_plugins/case.rs"]
#[expect(dead_code, reason = "what is said does not matter here")]
mod case;
#[path = "../hostile_plugins/cases/mod.rs"]
mod cases;
#[path = "../hostile_plugins/house.rs"]
#[expect(dead_code, reason = "what is said does not matter here")]
mod house;

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use fettle_observe::Metrics;
use fettle_steps::{Limits, Plugins, Sandbox, Settings, Sources, Trigger};

/// What memory may differ by once everything has been done twice: allocators keep some of what they are given back.
const ALLOWANCE_KIB: u64 = 32 << 10;

/// Rounds before memory is looked at, and after.
const WARM_ROUNDS: usize = 2;
const ROUNDS: usize = 4;

#[test]
fn memory_returns_to_where_it_was() {
    let limits = Limits { base_time: Duration::from_millis(30), ..house::limits() };
    let sandbox = Sandbox::new(Settings { threads: 2, limits, ..house::settings() }).unwrap();
    assert!(sandbox.is_pooled());
    a_large_file_is_not_read(&sandbox);
    for _ in 0..WARM_ROUNDS {
        everybody_misbehaves(&sandbox);
    }
    let before = kib("VmRSS");
    for round in 0..ROUNDS {
        everybody_misbehaves(&sandbox);
        let after = kib("VmRSS");
        assert!(after <= before + ALLOWANCE_KIB, "round {round}: {after} KiB, {before} KiB before");
        assert_eq!(sandbox.instances(), Some(0), "round {round}: all places in the pool are free");
    }
    let sound = Sandbox::new(house::settings()).unwrap();
    house::assert_sound(&sound);
}

fn everybody_misbehaves(sandbox: &Arc<Sandbox>) {
    for case in cases::all() {
        assert!(case.misbehave(sandbox).is_some(), "{}", case.name);
    }
}

/// To be called before anything else has taken much memory.
fn a_large_file_is_not_read(sandbox: &Arc<Sandbox>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plugins.toml");
    let built_in = "[[plugin]]\nname = \"normalize\"\nsource = \"builtin:normalize\"\n";
    std::fs::write(&file, built_in).unwrap();
    File::create(folder.path().join("large.wasm")).unwrap().set_len(200_000_000).unwrap();
    let sources = Sources {
        file: Some(file.clone()),
        builtin: fettle_builtin::PLUGINS.map(|builtin| (builtin.name, builtin.component)).to_vec(),
        kept: None,
        keeps: false,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (before, outcome) = runtime.block_on(async {
        let plugins = Plugins::start(Arc::clone(sandbox), sources, Arc::new(Metrics::new())).await.unwrap();
        let large = "[[plugin]]\nname = \"large\"\nsource = \"large.wasm\"\n";
        std::fs::write(&file, format!("{built_in}{large}")).unwrap();
        (kib("VmHWM"), plugins.reload(Trigger::Request).await)
    });
    assert!(outcome.refusals[0].message.contains("the file has 200000000 bytes"), "{outcome:?}");
    let after = kib("VmHWM");
    assert!(after <= before + ALLOWANCE_KIB, "at most {after} KiB, {before} KiB before");
}

/// A line of what the system says of this process.
fn kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
