//! What does not come with the program is compiled in a process of its own.

use std::path::PathBuf;
use std::time::Duration;

use fettle_steps::{Compiler, Kind, Trigger};

use crate::house::{House, builtin, file, names, second_features, with_other_digest};

/// The process, with so much memory and time.
fn compiler(memory_mib: u64, time: Duration) -> Compiler {
    Compiler {
        program: PathBuf::from(env!("CARGO_BIN_EXE_fettle-compile-plugin")),
        arguments: Vec::new(),
        environment: Vec::new(),
        memory_bytes: memory_mib << 20,
        time,
    }
}

fn house(compiler: Compiler) -> House {
    House::with(|settings| {
        settings.compiler = Some(compiler);
        // Nothing is compiled yet.
        settings.native_code = None;
    })
}

/// A component of a core module with one function of so many additions: a few bytes a line, and work for a compiler.
fn bomb(additions: usize) -> Vec<u8> {
    // local.get 0; then so often: local.get 0; i64.mul; local.tee 0; end.
    let mut body = vec![0, 0x20, 0];
    body.extend([0x20, 0, 0x7e, 0x22, 0].repeat(additions));
    body.push(0x0b);
    let sized = |bytes: &[u8]| [leb(bytes.len()), bytes.to_vec()].concat();
    let code = [leb(1), sized(&body)].concat();
    let section = |id: u8, bytes: &[u8]| [vec![id], sized(bytes)].concat();
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 1, 0x7e, 1, 0x7e]),
        section(3, &[1, 0]),
        section(10, &code),
    ]
    .concat();
    // Beside a plugin that is as good as any other.
    [second_features().to_vec(), section(1, &module)].concat()
}

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

#[tokio::test]
async fn a_plugin_is_compiled_by_the_other_process_and_runs_here() {
    let house = house(compiler(4096, Duration::from_secs(120)));
    house.put("second.wasm", second_features());
    house.write(&[builtin("outlier"), file("second")].concat());
    let plugins = house.start().await;
    assert_eq!(names(&plugins.current(), Kind::Feature), "correlation fraction_above");
}

#[tokio::test]
async fn without_that_process_only_what_comes_with_the_program_is_compiled() {
    let mut gone = compiler(4096, Duration::from_secs(120));
    gone.program = PathBuf::from("/nowhere/compile");
    let house = house(gone);
    house.put("second.wasm", second_features());
    house.write(&builtin("outlier"));
    let plugins = house.start().await;
    house.write(&[builtin("outlier"), file("second")].concat());
    let outcome = plugins.reload(Trigger::Request).await;
    assert!(outcome.refusals[0].message.contains("/nowhere/compile"), "{outcome:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_component_is_told_as_ever() {
    let house = house(compiler(4096, Duration::from_secs(120)));
    // Sound from outside, and within it a function that pops from an empty stack.
    let section = |id: u8, bytes: &[u8]| [&[id, bytes.len() as u8][..], bytes].concat();
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 0, 1, 0x7e]),
        section(3, &[1, 0]),
        section(10, &[1, 2, 0, 0x0b]),
    ]
    .concat();
    house.put("second.wasm", &[second_features(), &section(1, &module)].concat());
    house.write(&builtin("outlier"));
    let plugins = house.start().await;
    house.write(&file("second"));
    let outcome = plugins.reload(Trigger::Request).await;
    assert!(outcome.refusals[0].message.starts_with("not a valid component: "), "{outcome:?}");
}

#[tokio::test]
async fn a_compile_bomb_is_refused_and_the_server_goes_on() {
    let bomb = bomb(1_000_000);
    for (what, compiler, told) in [
        ("memory", compiler(300, Duration::from_secs(120)), "it may take 300 MiB"),
        ("time", compiler(8192, Duration::from_secs(1)), "1 s"),
    ] {
        let house = house(compiler);
        house.put("bomb.wasm", &bomb);
        house.write(&builtin("outlier"));
        let plugins = house.start().await;
        house.write(&[builtin("outlier"), file("bomb")].concat());
        let outcome = plugins.reload(Trigger::Request).await;
        let message = &outcome.refusals[0].message;
        assert!(message.starts_with("it was not compiled: ") && message.contains(told), "{what}: {message}");
        assert_eq!(names(&plugins.current(), Kind::Outlier), "clip iqr z_score", "{what}");
        house.put("bomb.wasm", &with_other_digest(second_features(), 5));
        house.write(&builtin("window"));
        assert!(plugins.reload(Trigger::Request).await.committed, "{what}");
    }
}
