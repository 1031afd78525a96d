//! What no compiler makes: modules that loop before they are called or after, that name memory they do not have, and
//! components that import or export what a plugin may not. They are written as WebAssembly text.

use fettle_componentize::{component_in_text, component_of_text};
use fettle_steps::{Sandbox, Settings};

use crate::house::{assert_sound, refused, sandbox, settings};

/// A transform plugin that is nothing but `describe`: memory, a function that gives memory, and these definitions.
fn transform(definitions: &str) -> Vec<u8> {
    let export = |name: &str, params: usize| {
        let params = "i32 ".repeat(params);
        format!(
            r#"(func (export "fettle:step/transform@1.0.0#{name}") (param {params}) (result i32) unreachable)"#
        )
    };
    let unused =
        [("examples", 0), ("resolve", 4), ("summarize", 10), ("merge", 8), ("fit", 8), ("apply", 10)];
    let unused: String = unused.map(|(name, params)| export(name, params)).concat();
    component_of_text(&format!("(module {unused} {definitions})"), "transform-plugin")
}

/// What `describe` is where its answer is not what matters.
const DESCRIBE: &str = r#"
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 4096)
    (func (export "fettle:step/transform@1.0.0#describe") (result i32) i32.const 0)
"#;

/// A plugin whose answer to `describe` are these six words: where the name begins and its bytes, version, methods.
fn describing(words: [u32; 6]) -> Vec<u8> {
    let bytes: String =
        words.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("\\{byte:02x}")).collect();
    transform(&format!(r#"{DESCRIBE} (data (i32.const 0) "{bytes}")"#))
}

fn told(component: Vec<u8>) -> String {
    let told = refused(sandbox(), component);
    assert_sound(sandbox());
    told
}

const BREAKS: &str =
    "plugin `(not yet described)` is faulty: method `describe`: its answer breaks the contract: ";
const TRAPPED: &str = "plugin `(not yet described)` is faulty: method `describe`: it trapped: ";
const STOPPED: &str = "method `describe` of plugin `(not yet described)` was stopped after 0.2 s";
const NOT_DESCRIBED: &str = "it describes itself wrongly: no name, no version or no method";

#[test]
fn one_that_has_nothing_to_say_is_refused() {
    assert_eq!(told(describing([0; 6])), NOT_DESCRIBED);
}

#[test]
fn a_start_function_that_loops_is_stopped() {
    let start = "(func $start (loop br 0)) (start $start)";
    assert_eq!(told(transform(&format!("{DESCRIBE} {start}"))), STOPPED);
}

#[test]
fn a_start_function_that_traps_is_a_fault() {
    let start = "(func $start unreachable) (start $start)";
    let trap = format!("{TRAPPED}wasm trap: wasm `unreachable` instruction executed");
    assert_eq!(told(transform(&format!("{DESCRIBE} {start}"))), trap);
}

#[test]
fn a_start_function_that_eats_memory_is_a_fault() {
    let start =
        "(func $start (if (i32.eq (memory.grow (i32.const 1024)) (i32.const -1)) (then unreachable)))";
    let eats =
        "plugin `(not yet described)` is faulty: method `describe`: it wanted more than 16 MiB of memory";
    assert_eq!(told(transform(&format!("{DESCRIBE} {start} (start $start)"))), eats);
}

#[test]
fn what_loops_after_its_answer_is_stopped() {
    let after = r#"(func (export "cabi_post_fettle:step/transform@1.0.0#describe") (param i32) (loop br 0))"#;
    assert_eq!(told(transform(&format!("{DESCRIBE} {after}"))), STOPPED);
}

#[test]
fn what_traps_after_its_answer_is_a_fault() {
    let after = r#"(func (export "cabi_post_fettle:step/transform@1.0.0#describe") (param i32) unreachable)"#;
    let trap = format!("{TRAPPED}wasm trap: wasm `unreachable` instruction executed");
    assert_eq!(told(transform(&format!("{DESCRIBE} {after}"))), trap);
}

#[test]
fn recursion_without_end_is_a_fault() {
    let recursion = r#"
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 4096)
        (func $again (export "fettle:step/transform@1.0.0#describe") (result i32)
            (i32.add (call $again) (call $again)))
    "#;
    assert_eq!(told(transform(recursion)), format!("{TRAPPED}wasm trap: call stack exhausted"));
}

#[test]
fn memory_that_is_large_from_the_beginning_is_a_fault() {
    let memory = DESCRIBE.replace(r#"(memory (export "memory") 1)"#, r#"(memory (export "memory") 65536)"#);
    let eats =
        "plugin `(not yet described)` is faulty: method `describe`: it wanted more than 16 MiB of memory";
    assert_eq!(told(transform(&memory)), eats);
}

#[test]
fn lists_of_four_gibibytes_are_a_fault() {
    let out_of_bounds = format!("{BREAKS}list pointer/length out of bounds of memory");
    // A record of a method has ten words: so many of them wrap around.
    for methods in [u32::MAX, u32::MAX / 40, (1 << 31) / 5] {
        assert_eq!(told(describing([0, 0, 0, 0, 0, methods])), out_of_bounds, "{methods}");
    }
    let text = format!("{BREAKS}string pointer/length out of bounds of memory");
    assert_eq!(told(describing([0, u32::MAX, 0, 0, 0, 0])), text);
    assert_eq!(told(describing([u32::MAX, 1, 0, 0, 0, 0])), text);
}

#[test]
fn answers_outside_of_memory_are_a_fault() {
    let nowhere = DESCRIBE.replace("i32.const 0)", "i32.const -8)");
    assert_eq!(told(transform(&nowhere)), format!("{BREAKS}pointer out of bounds of memory"));
    let askew = DESCRIBE.replace("i32.const 0)", "i32.const 2)");
    assert_eq!(told(transform(&askew)), format!("{BREAKS}return pointer not aligned"));
}

#[test]
fn lists_askew_are_a_fault() {
    assert_eq!(told(describing([0, 0, 0, 0, 2, 1])), format!("{BREAKS}list pointer is not aligned"));
}

#[test]
fn text_that_is_none_is_a_fault() {
    // A name of three bytes, at 64.
    let component = transform(&format!(
        r#"{DESCRIBE} (data (i32.const 0) "\40\00\00\00\03\00\00\00") (data (i32.const 64) "\61\c3\28")"#
    ));
    assert_eq!(told(component), format!("{BREAKS}invalid utf-8 sequence of 1 bytes from index 1"));
}

#[test]
fn kinds_that_there_are_not_are_a_fault() {
    // One method, at 64, of kind 9.
    let component = transform(&format!(
        r#"{DESCRIBE} (data (i32.const 16) "\40\00\00\00\01\00\00\00") (data (i32.const 64) "\09")"#
    ));
    assert_eq!(told(component), format!("{BREAKS}unexpected discriminant: 9"));
}

/// An instance of this name, imported.
fn importing(name: &str, function: &str) -> Vec<u8> {
    let plugin = transform(DESCRIBE);
    let import = component_in_text(&format!(
        r#"(component (import "{name}" (instance (export "{function}" (func)))))"#
    ));
    // Sections of a component follow one another: those of one behind those of another.
    [import.as_slice(), &plugin[8..]].concat()
}

#[test]
fn imports_of_what_a_plugin_may_not_have_are_refused() {
    for name in ["host:files/open@1.0.0", "fettle:step/transform@1.0.0", "fettle:host/clock@1.0.0"] {
        assert_eq!(told(importing(name, "now")), format!("it imports `{name}`, which a plugin may not"));
    }
    let wasi = told(importing("wasi:clocks/wall-clock@0.2.3", "now"));
    assert!(
        wasi.starts_with("it imports `wasi:clocks/wall-clock@0.2.3`; a plugin may import WASI only where"),
        "{wasi}"
    );
}

#[test]
fn imports_under_the_name_of_the_types_are_no_way_in() {
    let component = component_in_text(
        r#"(component
            (import "fettle:step/types@1.0.0" (instance (export "now" (func))))
            (instance $none)
            (export "fettle:step/transform@1.0.0" (instance $none)))"#,
    );
    let nothing_there = "not a valid component: component imports instance `fettle:step/types@1.0.0`, but a matching \
                         implementation was not found in the linker: instance export `now` has the wrong type: \
                         function implementation is missing";
    assert_eq!(told(component), nothing_there);
}

#[test]
fn what_exports_nothing_too_much_or_another_version_is_refused() {
    let exporting = |names: &[&str]| {
        let exports: String =
            names.iter().map(|name| format!(r#"(export "{name}" (instance $none))"#)).collect();
        component_in_text(&format!("(component (instance $none) {exports})"))
    };
    for (names, due) in [
        (&[][..], "it exports none of `fettle:step/transform`, `windowing` and `features`"),
        (
            &["fettle:step/transform@2.0.0"],
            "it exports `fettle:step/transform@2.0.0`, and this host speaks version 1 of the contract",
        ),
        (
            &["fettle:step/transform@1.0.0", "fettle:step/features@1.0.0"],
            "it exports several interfaces of the contract; a plugin has one",
        ),
    ] {
        assert_eq!(told(exporting(names)), due);
    }
    let empty = told(exporting(&["fettle:step/transform@1.0.0"]));
    assert!(empty.starts_with("not a valid component: ") && empty.contains("describe"), "{empty}");
}

/// A plugin with so many pages of memory, beside which stand so many instances of another module.
fn beside(pages: usize, module: &str, instances: usize) -> Vec<u8> {
    let memory = format!(r#"(memory (export "memory") {pages})"#);
    let plugin = transform(&DESCRIBE.replace(r#"(memory (export "memory") 1)"#, &memory));
    // It holds one module, number 0: it imports no function that would take more.
    let instances = [leb(instances), [0x00, 1, 0].repeat(instances)].concat();
    [plugin, section(1, &component_in_text(module)), section(2, &instances)].concat()
}

fn section(id: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![id], leb(bytes.len()), bytes.to_vec()].concat()
}

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

#[test]
fn memories_are_counted_together() {
    let eats =
        "plugin `(not yet described)` is faulty: method `describe`: it wanted more than 16 MiB of memory";
    // Each is within the limit, both together are not.
    let memory = "(module (memory 130))";
    assert_eq!(told(beside(100, memory, 1)), NOT_DESCRIBED);
    assert_eq!(told(beside(130, memory, 1)), eats);
    let no_pool = Sandbox::new(Settings { pooling: false, ..settings() }).unwrap();
    assert_eq!(refused(&no_pool, beside(130, memory, 1)), eats);
    assert_eq!(refused(&no_pool, beside(1, "(module (memory 40))", 7)), eats);
    let too_many = format!("{BREAKS}resource limit exceeded: memory count too high at 9");
    assert_eq!(refused(&no_pool, beside(1, "(module (memory 0))", 100)), too_many);
    assert_sound(&no_pool);
}

#[test]
fn instances_without_end_are_refused() {
    let most = "not a valid component: The component transitively contains 901 core module instances, which exceeds the \
                configured maximum of 8 in the pooling allocator";
    assert_eq!(told(beside(1, "(module)", 900)), most);
    let no_pool = Sandbox::new(Settings { pooling: false, ..settings() }).unwrap();
    let most = format!("{BREAKS}resource limit exceeded: instance count too high at 257");
    assert_eq!(refused(&no_pool, beside(1, "(module)", 900)), most);
    assert_sound(&no_pool);
}

#[test]
fn tables_without_end_are_refused() {
    let table = format!("{DESCRIBE} (table 10000000 funcref)");
    let large = "not a valid component: module table does not fit in pooling allocator requirements: table index 0 has a \
                 minimum element size of 10000000 which exceeds the limit of 20000";
    assert_eq!(told(transform(&table)), large);
    let no_pool = Sandbox::new(Settings { pooling: false, ..settings() }).unwrap();
    let large = format!("{BREAKS}table minimum size of 10000000 elements exceeds table limits");
    assert_eq!(refused(&no_pool, transform(&table)), large);
    // Each is within the limit, all together are not.
    let together = format!("{BREAKS}table minimum size of 30000 elements exceeds table limits");
    assert_eq!(refused(&no_pool, beside(1, "(module (table 30000 funcref))", 3)), NOT_DESCRIBED);
    assert_eq!(refused(&no_pool, beside(1, "(module (table 30000 funcref))", 4)), together);
    assert_sound(&no_pool);
}
