//! What has to be built, how long it takes, and how big it gets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Failure;
use crate::clients::{Client, Kind};
use crate::figures::Figures;
use crate::options::Options;
use crate::process::output;

/// The manifest of kendra-sync's own workspace.
const ROOT: &str = "../../Cargo.toml";

pub(crate) fn build(options: &Options, figures: &mut Figures) -> Result<(), Failure> {
    for manifest in ["Cargo.toml", ROOT] {
        cargo(&["fetch", "--locked", "--manifest-path", manifest])?;
    }
    cargo(&["build", "--release", "--locked", "--offline", "-p", "compare-stub"])?;
    for _ in 0..options.builds() {
        for client in figures.clients().into_iter().filter(|client| client.is_over_network()) {
            eprintln!("clean build of {}", client.name);
            let outcome = build_clean(client, figures);
            figures.unless_failed(client, outcome);
        }
    }
    for client in figures.clients() {
        eprintln!("build of {}", client.name);
        let outcome = build_rest(client, options, figures);
        figures.unless_failed(client, outcome);
    }
    Ok(())
}

/// Where nothing but `client` is built, so that none finds another's crates.
fn target(client: &Client) -> PathBuf {
    Path::new("target/clients").join(match client.kind {
        Kind::Command(_) => "command",
        _ => client.name,
    })
}

/// The program that makes one call.
pub(crate) fn program(client: &Client) -> PathBuf {
    match client.kind {
        Kind::Command(_) => target(client).join("dist/kendra-sync"),
        _ => target(client).join("release").join(client.name),
    }
}

/// What times the client, or counts what it allocates.
pub(crate) fn measuring(client: &Client, what: &str) -> PathBuf {
    target(client).join("release").join(format!("{}-{what}", client.name))
}

/// As whoever has fetched the crates builds the program for the first time.
fn build_clean(client: &Client, figures: &mut Figures) -> Result<(), Failure> {
    let target = target(client);
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    let start = Instant::now();
    build_program(client, "release")?;
    figures.add(client, "build_s", start.elapsed().as_secs_f64());
    Ok(())
}

fn build_program(client: &Client, profile: &str) -> Result<(), Failure> {
    let (package, target) = (format!("compare-{}", client.name), target(client));
    build_one(&target, profile, &["-p", &package, "--bin", client.name])
}

/// What is not timed.
fn build_rest(
    client: &'static Client,
    options: &Options,
    figures: &mut Figures,
) -> Result<(), Failure> {
    if let Kind::Command(_) = client.kind {
        build_one(&target(client), "dist", &["-p", "kendra-sync-cli", "--manifest-path", ROOT])?;
        figures.add(client, "size_b", stripped(&program(client))?);
        return count_crates(client, "kendra-sync-cli", ROOT, figures);
    }
    let package = format!("compare-{}", client.name);
    count_crates(client, &package, "Cargo.toml", figures)?;
    if client.is_program() {
        build_program(client, "release")?;
        figures.add(client, "size_b", stripped(&program(client))?);
    }
    if client.is_ours() && client.is_program() && !options.quick {
        build_program(client, "small")?;
        figures.add(client, "small_b", stripped(&target(client).join("small").join(client.name))?);
    }
    let [timed, counted] = ["timed", "counted"].map(|what| format!("{}-{what}", client.name));
    let measuring = ["-p", &package, "--features", "measure", "--bin", &timed, "--bin", &counted];
    build_one(&target(client), "release", &measuring)
}

fn build_one(target: &Path, profile: &str, what: &[&str]) -> Result<(), Failure> {
    let target = target.to_str().ok_or("a path that is not UTF-8")?;
    let always = ["build", "--quiet", "--locked", "--offline"];
    let where_to = ["--profile", profile, "--target-dir", target];
    cargo(&[&always[..], &where_to, what].concat())
}

fn cargo(arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("cargo");
    let status = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

/// The size of `program` without symbols, in bytes.
fn stripped(program: &Path) -> Result<f64, Failure> {
    let copy = Path::new("target/stripped");
    output(Command::new("strip").arg("-o").arg(copy).arg(program))?;
    Ok(std::fs::metadata(copy)?.len() as f64)
}

/// How many crates `package` brings, itself not counted, and the version of what it is about.
fn count_crates(
    client: &'static Client,
    package: &str,
    manifest: &str,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let mut command = Command::new("cargo");
    command.args(["tree", "--locked", "--offline", "-e", "normal", "--prefix", "none"]);
    command.args(["--no-dedupe", "--format", "{p}", "-p", package, "--manifest-path", manifest]);
    let tree = output(&mut command)?;
    let crates: BTreeSet<_> = tree.lines().filter_map(name_and_version).collect();
    figures.add(client, "crates", crates.len().saturating_sub(1) as f64);
    let about = client.about.and_then(|name| crates.iter().find(|(n, _)| *n == name));
    let version = about.map_or(String::new(), |(_, version)| (*version).to_owned());
    figures.set_version(client, version);
    Ok(())
}

/// Of `http v1.5.0`, or `serde_derive v1.0.229 (proc-macro)`.
fn name_and_version(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(" v")?;
    Some((name, rest.split(' ').next().unwrap_or(rest)))
}
