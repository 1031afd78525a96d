//! What one request gave a plugin cannot be read in the next, for hundreds of rounds over instances from the same pool:
//! whatever the request before did, and whatever ran beside it.

use std::sync::{Arc, OnceLock};

use fettle_componentize::component_of_text;
use fettle_steps::{Catalogue, Kind, Limits, Plugin, Sandbox, Settings, StepError};
use serde_json::Map;

use crate::house::{admit, column, settings};

/// What the method `search` looks for.
const SECRET: f64 = 1_234_567.25;

const ROUNDS: usize = 300;

fn catalogue(sandbox: &Arc<Sandbox>) -> Arc<Catalogue> {
    static COMPONENT: OnceLock<Vec<u8>> = OnceLock::new();
    let component = COMPONENT.get_or_init(|| {
        fettle_componentize::components(&["fettle-hostile"], &std::env::current_exe().unwrap()).remove(0)
    });
    Arc::new(Catalogue::new(vec![Plugin::admit(sandbox, component, None).unwrap()]).unwrap())
}

/// What a method answers on so many rows of one value.
async fn answer(
    sandbox: &Sandbox,
    catalogue: &Arc<Catalogue>,
    method: &'static str,
    value: f64,
    rows: usize,
) -> Result<Vec<f64>, StepError> {
    let catalogue = Arc::clone(catalogue);
    let run = move || {
        let step = catalogue.resolve(Kind::Outlier, method, &Map::new())?;
        Ok(step.fit_apply(&Arc::new(column(&vec![value; rows])))?.1.frame.signals.remove(0).values)
    };
    sandbox.threads().run(run).await.unwrap()
}

#[tokio::test]
async fn a_plugin_that_tries_to_remember_remembers_nothing() {
    let limits = Limits { memory_bytes: 16 << 20, ..Limits::default() };
    let sandbox = Sandbox::new(Settings { threads: 2, limits, ..settings() }).unwrap();
    assert!(sandbox.is_pooled());
    let catalogue = catalogue(&sandbox);
    let answer = async |method, value, rows| answer(&sandbox, &catalogue, method, value, rows).await;
    // It does find what it is given itself.
    assert!(answer("search", SECRET, 1_000).await.unwrap()[0] >= 1_000.0);
    // What it did with the secret before it went: kept it, ended well, trapped with it on the stack, filled all memory,
    // gave a wrong answer.
    let before = ["remember", "well_behaved", "trap", "recurse", "remember", "eat_memory", "too_few_rows"];
    for round in 0..ROUNDS {
        let (first, beside) = (before[round % before.len()], before[(round / 7) % before.len()]);
        // It is given the secret while another instance searches, and before others do.
        let (_, searched) = tokio::join!(answer(first, SECRET, 20_000), answer("search", 1.0, 10));
        assert_eq!(searched.unwrap(), [0.0; 10], "beside `{first}`, round {round}");
        assert_eq!(answer("search", 1.0, 10).await.unwrap(), [0.0; 10], "after `{first}`, round {round}");
        let (_, remembered) = tokio::join!(answer(beside, SECRET, 1_000), answer("remember", 1.0, 10));
        assert_eq!(remembered.unwrap(), [-1.0; 10], "beside `{beside}`, round {round}");
        assert_eq!(sandbox.instances(), Some(0), "every instance is gone");
    }
}

/// A plugin whose `describe` traps unless a global, a table and all of its memory, which it also grows, are as they were
/// in the beginning; and that leaves none of them so.
const MARKS: &str = r#"
    (memory (export "memory") 1)
    (global $called (mut i32) (i32.const 0))
    (table $seen 4 funcref)
    (elem declare func $describe)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func $describe (export "fettle:step/transform@1.0.0#describe") (result i32)
        (local $at i32)
        (if (i32.or (global.get $called) (i32.ne (memory.size) (i32.const 1))) (then unreachable))
        (if (i32.eqz (ref.is_null (table.get $seen (i32.const 3)))) (then unreachable))
        (if (i32.ne (memory.grow (i32.const 15)) (i32.const 1)) (then unreachable))
        (loop $words
            (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $words (i32.lt_u (local.get $at) (i32.const 1048576))))
        (global.set $called (i32.const 1))
        (table.set $seen (i32.const 3) (ref.func $describe))
        (memory.fill (i32.const 64) (i32.const 0x5a) (i32.const 1048512))
        (i32.const 0))
    (func (export "fettle:step/transform@1.0.0#examples") (result i32) unreachable)
    (func (export "fettle:step/transform@1.0.0#resolve") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "fettle:step/transform@1.0.0#summarize")
        (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
    (func (export "fettle:step/transform@1.0.0#merge")
        (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
    (func (export "fettle:step/transform@1.0.0#fit")
        (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
    (func (export "fettle:step/transform@1.0.0#apply")
        (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
"#;

#[test]
fn globals_tables_and_memory_are_new_each_time() {
    let sandbox = Sandbox::new(Settings { threads: 1, ..settings() }).unwrap();
    let component = component_of_text(&format!("(module {MARKS})"), "transform-plugin");
    for round in 0..ROUNDS {
        // It says nothing of itself, which it only gets to if it finds everything as it should be.
        let told = admit(&sandbox, component.clone()).unwrap_err().to_string();
        assert_eq!(told, "it describes itself wrongly: no name, no version or no method", "round {round}");
    }
}
