//! docs/findings.md says of the dependencies what the tests beside this file show.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every file whose code the document quotes.
const SOURCES: [&str; 8] = [
    include_str!("agent.rs"),
    include_str!("httparse.rs"),
    include_str!("hyper.rs"),
    include_str!("server.rs"),
    include_str!("ureq_bodies.rs"),
    include_str!("ureq_connections.rs"),
    include_str!("ureq_heads.rs"),
    include_str!("ureq_tls.rs"),
];

#[test]
fn quoted_code_is_the_code_that_is_run() {
    let document = read("docs/findings.md");
    let quoted: Vec<&str> = blocks(&document).collect();
    assert_ne!(quoted, Vec::<&str>::new());
    for block in quoted {
        assert!(SOURCES.iter().any(|source| source.contains(block)), "in no test:\n{block}");
    }
}

#[test]
fn every_reproduction_is_quoted() {
    let document = read("docs/findings.md");
    let quoted: BTreeSet<&str> = blocks(&document).flat_map(tests).collect();
    let run: BTreeSet<&str> = SOURCES.into_iter().flat_map(tests).collect();
    assert_eq!(quoted, run);
}

#[test]
fn the_versions_are_those_of_the_lock_file() {
    let (document, lock) = (read("docs/findings.md"), read("Cargo.lock"));
    for name in ["httparse", "hyper", "hyper-rustls", "hyper-util", "ureq", "ureq-proto"] {
        let (_, entry) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
        let (version, _) = entry.split_once('"').unwrap();
        let line = format!("| {name} | {version} |");
        assert!(document.contains(&line), "look through docs/findings.md: it has no {line}");
    }
}

/// Those of other people's stacks are in their own workspace's.
#[test]
fn the_versions_of_other_stacks_are_those_of_their_lock_file() {
    let (document, lock) = (read("docs/findings.md"), read("others/Cargo.lock"));
    for name in
        ["attohttpc", "aws-smithy-http-client", "curl", "curl-sys", "isahc", "minreq", "reqwest"]
    {
        let (_, entry) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
        let (version, _) = entry.split_once('"').unwrap();
        let line = format!("| {name} | {version} |");
        assert!(document.contains(&line), "look through docs/findings.md: it has no {line}");
    }
}

/// What is not quoted is there, and so is what a file of known failures gives as evidence.
#[test]
fn the_reproductions_on_other_stacks_that_are_named_are_there() {
    let stacks = ["attohttpc", "curl", "isahc", "minreq", "reqwest", "smithy"];
    let sources = stacks.map(|stack| read(&format!("others/repro/tests/{stack}.rs")));
    let there: BTreeSet<&str> = sources.iter().flat_map(|source| tests(source)).collect();
    let document = read("docs/findings.md");
    let told = document.lines().filter(|line| line.starts_with("- Test: `others/"));
    let told = told.filter_map(|line| Some(line.split_once("`, ")?.1.to_owned()));
    let known = stacks.map(|stack| read(&format!("others/{stack}/known.toml")));
    let reasons = known.iter().flat_map(|file| file.lines()).filter_map(|line| {
        let reason = line.strip_prefix("reason = ")?;
        let evidence = reason.strip_suffix(")\"").and_then(|reason| reason.rsplit_once('('));
        Some(evidence.unwrap_or_else(|| panic!("no test shows {reason}")).1)
    });
    let named = told.chain(reasons.flat_map(|names| names.split(", ").map(str::to_owned)));
    let named: BTreeSet<String> = named.collect();
    assert!(named.len() > 20, "{named:?}");
    for name in &named {
        assert!(there.contains(name.as_str()), "there is no test {name}");
    }
}

#[test]
fn the_files_and_scenarios_that_it_names_are_there() {
    let (document, ids) = (read("docs/findings.md"), read("conformance/ids.lock"));
    let ids: BTreeSet<&str> = ids.lines().filter_map(|line| line.split(' ').next()).collect();
    let mut named = 0;
    for line in document.lines().filter(|line| line.starts_with("- ")) {
        for name in line.split('`').skip(1).step_by(2).filter(|name| name.contains('/')) {
            assert!(ids.contains(name) || root().join(name).is_file(), "there is no {name}");
            named += 1;
        }
    }
    assert_ne!(named, 0);
}

/// The blocks of Rust code in `document`.
fn blocks(document: &str) -> impl Iterator<Item = &str> {
    document.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap())
}

/// The names of the tests in `code`.
fn tests(code: &str) -> impl Iterator<Item = &str> {
    let after = code.split("test]\n").skip(1).filter_map(|rest| rest.split_once("fn "));
    after.map(|(_, rest)| rest.split('(').next().unwrap())
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
