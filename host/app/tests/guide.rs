//! `docs/plugins.md`, followed to the letter: what stands in its blocks of shell is run as it stands there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod program;

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use self::program::{Server, authors, stdout_of};

const GUIDE: &str = include_str!("../../../docs/plugins.md");

/// The block that starts the server, which goes on while the later ones run.
const SERVER: &str = "fettle demo\n";

/// Where the guide's server listens. In a test it is any port that is free.
const ADDRESS: &str = "127.0.0.1:8001";

/// The blocks of shell in a text, in their order.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while lines.any(|line| line == "```sh") {
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(block.join("\n") + "\n");
    }
    blocks
}

/// Runs blocks in one shell, in a folder, with the program on the path.
fn follow(blocks: &[String], folder: &Path) -> String {
    let mut shell = Command::new("bash");
    shell.args(["-eu", "-o", "pipefail", "-c", &blocks.concat()]).current_dir(folder);
    authors::environment(&mut shell);
    stdout_of(&shell.stdin(Stdio::null()).output().unwrap())
}

#[test]
fn from_an_empty_folder_to_a_server_that_uses_the_method() {
    let folder = authors::folder("guide");
    let (steps, _) = GUIDE.split_once("## What is checked").unwrap();
    let blocks = blocks(steps);
    let server = blocks.iter().position(|block| block == SERVER).unwrap();
    let (authors, users) = (&blocks[..server], &blocks[server + 1..]);

    let made = follow(authors, &folder);
    assert!(made.contains("properties hold"), "{made}");

    let mut server = Server::start(&folder, &["demo", "--listen", "127.0.0.1:0"]);
    server.line_with("Ctrl-C");
    let users: Vec<String> =
        users.iter().map(|block| block.replace(ADDRESS, &server.address.to_string())).collect();
    assert!(users.concat().contains(&server.address.to_string()), "the guide asks the server at {ADDRESS}");
    let answers = follow(&users, &folder);
    let answers: Vec<Value> =
        serde_json::Deserializer::from_str(&answers).into_iter().collect::<Result<_, _>>().unwrap();
    let [added, method, step] = &answers[..] else { panic!("{answers:?}") };
    let unchanged = ["missing-value", "outlier", "window", "statistics", "normalize"];
    assert_eq!(added, &json!({"generation": 2, "added": ["spikes"], "unchanged": unchanged}));
    let component = folder.join("spikes/spikes.wasm");
    let digest = stdout_of(&Command::new("sha256sum").arg(component).output().unwrap());
    for named in [method, step] {
        assert_eq!([&named["plugin"], &named["kind"]], ["spikes", "outlier"], "{named}");
        assert_eq!(named["digest"], digest.split_whitespace().next().unwrap(), "{named}");
    }
    assert_eq!(step["params"]["height"], 20.0, "{step}");
}
