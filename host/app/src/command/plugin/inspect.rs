//! `fettle plugin inspect`: what a plugin says of itself.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::Args;
use fettle_conformance::Interfaces;
use fettle_steps::{Method, Scope, Traits};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

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
    digest: String,
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
    methods: Vec<DescribedMethod<'a>>,
}

#[derive(Serialize)]
struct DescribedMethod<'a> {
    kind: String,
    name: &'a str,
    summary: &'a str,
    params_schema: &'a Value,
    /// What it is with its defaults; nothing where it needs more than those.
    traits: Option<DescribedTraits>,
}

#[derive(Serialize)]
struct DescribedTraits {
    scope: &'static str,
    fitted: bool,
    causal: bool,
    removes_rows: bool,
}

/// Runs `fettle plugin inspect`.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let bytes = opened::read(&options.file)?;
    let interfaces = fettle_conformance::interfaces(&bytes)
        .map_err(|problem| anyhow!("{problem}"))
        .with_context(|| format!("{} is no WebAssembly file", options.file.display()))?;
    let (length, digest) = (bytes.len(), hex::encode(Sha256::digest(&bytes)));
    let sandbox = opened::sandbox()?;
    let admitted = Opened::admit(&sandbox, bytes, options.terms.terms(&sandbox)).await;
    let (plugin, refused) = match &admitted {
        Ok(opened) => (Some(described(opened).await), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let shown = Shown { bytes: length, digest, interfaces, plugin, refused };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&shown)?);
    } else {
        print(&shown);
    }
    Ok(if shown.refused.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn described(opened: &Opened) -> Described<'_> {
    let plugin = &opened.plugin;
    let mut methods = Vec::with_capacity(plugin.methods().len());
    for method in plugin.methods() {
        let step = opened.resolve(method.kind, &method.name, Map::new()).await;
        methods.push(described_method(method, step.ok().map(|step| traits_of(step.traits()))));
    }
    Described { name: plugin.name(), version: plugin.version(), methods }
}

fn described_method(method: &Method, traits: Option<DescribedTraits>) -> DescribedMethod<'_> {
    DescribedMethod {
        kind: method.kind.to_string(),
        name: &method.name,
        summary: &method.summary,
        params_schema: &method.schema,
        traits,
    }
}

fn traits_of(traits: &Traits) -> DescribedTraits {
    let &Traits { scope, fitted, causal, removes_rows, .. } = traits;
    let scope = match scope {
        Scope::Column => "column",
        Scope::Frame => "frame",
    };
    DescribedTraits { scope, fitted, causal, removes_rows }
}

fn print(shown: &Shown<'_>) {
    match &shown.plugin {
        Some(plugin) => println!("{} {}", plugin.name, plugin.version),
        None => println!("not admitted: {}", shown.refused.as_deref().unwrap_or_default()),
    }
    println!("sha256   {}", shown.digest);
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
        if let Some(DescribedTraits { scope, fitted, causal, removes_rows }) = method.traits {
            let flags = [("fitted", fitted), ("causal", causal), ("removes rows", removes_rows)];
            let flags = flags.iter().filter(|(_, is)| *is).map(|(flag, _)| format!(", {flag}"));
            println!("  with its defaults: scope {scope}{}", flags.collect::<String>());
        }
        parameters(method.params_schema);
    }
}

/// A line for each parameter, its description below.
fn parameters(schema: &Value) {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|other| other == name))
    };
    let properties = schema["properties"].as_object();
    if properties.is_none_or(Map::is_empty) {
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
