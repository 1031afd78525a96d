//! `plugins.toml`: what it says, and how it is told what is wrong with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

use std::path::Path;

use fettle_config::{PluginLimits, PluginSource, PluginsFile};
use serde_json::json;

const DIGEST: &str = "9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn parse(text: &str) -> PluginsFile {
    PluginsFile::parse(text, Path::new("/etc/fettle")).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// `line key: message` of each problem.
fn refused(text: &str) -> Vec<String> {
    let problems = PluginsFile::parse(text, Path::new("/etc/fettle")).unwrap_err();
    let line = |line: Option<usize>| line.map_or("-".to_owned(), |line| line.to_string());
    problems
        .iter()
        .map(|problem| format!("{} {}: {}", line(problem.line), problem.key, problem.message))
        .collect()
}

#[test]
fn the_example_names_the_built_in_plugins_in_the_order_of_a_request() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/plugins.toml"));
    let mut file = parse(&text.unwrap());
    assert!(file.plugins.iter().all(|plugin| plugin.line.is_some()));
    file.plugins.iter_mut().for_each(|plugin| plugin.line = None);
    let names = ["missing-value", "outlier", "window", "statistics", "normalize"];
    assert_eq!(file, PluginsFile::of_builtin(names));
}

#[test]
fn every_key_of_the_example_can_be_set() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/plugins.toml"));
    let is_setting = |line: &str| line.starts_with('[') || line.contains(" = ");
    let uncommented: Vec<String> = text
        .unwrap()
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_setting(rest)).unwrap_or(line).to_owned())
        .collect();
    let file = parse(&uncommented.join("\n"));
    let [missing_value, outlier, ..] = file.plugins.as_slice() else { panic!("{file:?}") };
    assert_eq!(missing_value.sha256.as_deref(), Some(DIGEST.to_lowercase().as_str()));
    assert_eq!(
        missing_value.limits,
        PluginLimits {
            memory_mib: Some(256),
            time_base_ms: Some(2_000),
            time_per_cell_ns: Some(1_000),
            output_mib: Some(256),
            concurrency: Some(2),
        }
    );
    assert_eq!(outlier.defaults["iqr"], *json!({"threshold": 2.0}).as_object().unwrap());
}

#[test]
fn an_entry_says_where_its_component_is_and_what_it_may() {
    let text = format!(
        "forbidden = [\"{DIGEST}\"]
        [[plugin]]
        name = \"a\"
        source = \"builtin:outlier\"
        [[plugin]]
        name = \"b\"
        source = \"plugins/b.wasm\"
        enabled = false
        wasi = true
        [plugin.defaults.m]
        list = [1, 2.5, {{ deep = \"x\" }}]
        hex = 0xff"
    );
    let file = parse(&text);
    assert!(file.forbidden.contains(&DIGEST.to_lowercase()));
    let [a, b] = file.plugins.as_slice() else { panic!("{file:?}") };
    assert_eq!((a.line, b.line), (Some(2), Some(5)));
    assert_eq!(a.source, PluginSource::Builtin("outlier".to_owned()));
    assert!(a.enabled && !a.wasi);
    assert_eq!(b.source, PluginSource::File("/etc/fettle/plugins/b.wasm".into()));
    assert!(!b.enabled && b.wasi);
    assert_eq!(b.defaults["m"], *json!({"list": [1, 2.5, {"deep": "x"}], "hex": 255}).as_object().unwrap());
}

#[test]
fn all_mistakes_are_told_together_each_with_its_line() {
    let text = r#"forbidden = ["abc"]
colour = "red"
[[plugin]]
name = "a b"
source = "x.wasm"
sha256 = "12"
enabld = true
[plugin.limits]
memory_mib = 8
concurrency = 0
memory = 3
output_mib = "much"
[plugin.defaults.m]
day = 2025-11-01
far = inf
[[plugin]]
name = "c"
[[plugin]]
name = "c"
source = "builtin:"
enabled = "no"
"#;
    let refused = refused(text);
    for expected in [
        "1 forbidden: must hold SHA-256 of 64 hexadecimal digits, in quotes",
        "2 colour: no such key; there are `forbidden` and `[[plugin]]`",
        "4 plugin.name: must be a name of letters, digits, `-`, `_` and `.`, in quotes",
        "6 plugin.sha256: must be a SHA-256 of 64 hexadecimal digits",
        "9 plugin.limits.memory_mib: 8 must be between 16 and 4096",
        "10 plugin.limits.concurrency: 0 must be between 1 and 256",
        "14 plugin.defaults.m.day: is a date, which no parameter is; write it in quotes",
        "15 plugin.defaults.m.far: must be a finite number",
        "16 plugin.source: must be \"builtin:NAME\" or the path of a component",
        "19 plugin.name: another plugin is named `c` already, in line 16",
        "20 plugin.source: must be \"builtin:NAME\" or the path of a component",
    ] {
        assert!(refused.iter().any(|problem| problem == expected), "{expected} is not in {refused:#?}");
    }
    for start in [
        "7 plugin.enabld: no such key",
        "11 plugin.limits.memory: no such key",
        "12 plugin.limits.output_mib: ",
        "21 plugin.enabled: ",
    ] {
        assert!(refused.iter().any(|problem| problem.starts_with(start)), "{start} is not in {refused:#?}");
    }
    assert_eq!(refused.len(), 15, "each is told once: {refused:#?}");
}

#[test]
fn a_file_that_names_no_plugin_is_refused() {
    for text in ["", "forbidden = []\n"] {
        let refused = refused(text);
        assert!(refused[0].starts_with("- plugin: names no plugin"), "{refused:?}");
    }
    assert_eq!(
        refused("[plugin]\nname = \"a\"")[0],
        "1 plugin: must be written [[plugin]], once for each plugin"
    );
}

#[test]
fn what_is_not_toml_is_told_by_its_line() {
    let refused = refused("[[plugin]]\nname = \"a\nsource = \"b\"\n");
    assert!(refused.iter().any(|problem| problem.starts_with("2 ")), "{refused:?}");
}
