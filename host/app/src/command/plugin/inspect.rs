//! `fettle plugin inspect`: what a plugin says of itself.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::Args;
use fettle_conformance::Interfaces;
use fettle_steps::{Method, Plugin};
use serde::Serialize;
use serde_json::Value;

use super::opened::{self, Opened};
use super::terms::TermOptions;

/// Shows a plugin's methods with their parameters, its imports, size and digest
///
/// A file that would not be admitted is shown as far as it can be read; then the exit code is 1.
#[derive(Args)]
pub struct Options {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// Print JSON, with whole parameter schemas
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    terms: TermOptions,
}

#[derive(Serialize)]
struct Shown<'a> {
    bytes: usize,
    #[serde(flatten)]
    interfaces: Interfaces,
    #[serde(flatten)]
    plugin: Option<Described<'a>>,
    refused: Option<String>,
}

#[derive(Serialize)]
struct Described<'a> {
    name: &'a str,
    version: &'a str,
    digest: &'a str,
    methods: Vec<DescribedMethod<'a>>,
}

#[derive(Serialize)]
struct DescribedMethod<'a> {
    kind: String,
    name: &'a str,
    summary: &'a str,
    params_schema: &'a Value,
}

/// Runs `fettle plugin inspect`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let bytes = opened::read(&options.file)?;
    let interfaces = fettle_conformance::interfaces(&bytes)
        .map_err(|problem| anyhow!("{problem}"))
        .with_context(|| format!("{} is no WebAssembly file", options.file.display()))?;
    let length = bytes.len();
    let sandbox = opened::sandbox()?;
    let admitted = Opened::admit(&sandbox, bytes, options.terms.terms(&sandbox)).await;
    let (plugin, refused) = match &admitted {
        Ok(opened) => (Some(described(&opened.plugin)), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let shown = Shown { bytes: length, interfaces, plugin, refused };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&shown)?);
    } else {
        print(&shown);
    }
    Ok(if shown.refused.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn described(plugin: &Plugin) -> Described<'_> {
    Described {
        name: plugin.name(),
        version: plugin.version(),
        digest: plugin.digest(),
        methods: plugin.methods().iter().map(described_method).collect(),
    }
}

fn described_method(method: &Method) -> DescribedMethod<'_> {
    DescribedMethod {
        kind: method.kind.to_string(),
        name: &method.name,
        summary: &method.summary,
        params_schema: &method.schema,
    }
}

fn print(shown: &Shown<'_>) {
    match &shown.plugin {
        Some(plugin) => {
            println!("{} {}", plugin.name, plugin.version);
            println!("sha256   {}", plugin.digest);
        }
        None => println!("not admitted: {}", shown.refused.as_deref().unwrap_or_default()),
    }
    println!("size     {} KiB", shown.bytes.div_ceil(1024));
    println!(
        "form     {}",
        if shown.interfaces.component { "component" } else { "core module, not a component" }
    );
    for (heading, names) in [("exports", &shown.interfaces.exports), ("imports", &shown.interfaces.imports)] {
        println!(
            "{heading}  {}",
            if names.is_empty() { "nothing".to_owned() } else { names.join("\n         ") }
        );
    }
    for method in shown.plugin.iter().flat_map(|plugin| &plugin.methods) {
        println!("\n{} `{}`: {}", method.kind, method.name, method.summary);
        parameters(method.params_schema);
    }
}

/// A line for each parameter, its description below.
fn parameters(schema: &Value) {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|other| other == name))
    };
    let properties = schema["properties"].as_object();
    if properties.is_none_or(serde_json::Map::is_empty) {
        println!("  no parameters");
    }
    for (name, property) in properties.into_iter().flatten() {
        let ends = match (required(name), property.get("default")) {
            (true, _) => "required".to_owned(),
            (false, Some(default)) => format!("default {default}"),
            (false, None) => "optional".to_owned(),
        };
        println!("  {name} ({ends})");
        for line in property["description"].as_str().unwrap_or_default().lines() {
            println!("      {line}");
        }
    }
}
