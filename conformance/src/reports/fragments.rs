//! `results.jsonl`: what is known so far, a line at a time, for when the process does not live to tell.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::document::{self, Declared, Document, Head, Row};
use super::{OUTPUTS, WIRE};
use crate::catalogue::catalogue;

/// A line of the file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Line {
    /// The first line.
    Run(Box<Run>),
    Began {
        variant: String,
        id: String,
    },
    Result(Box<Row>),
}

/// What all results of a run have in common.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Run {
    #[serde(flatten)]
    pub(super) head: Head,
    pub(super) variants: Vec<Declared>,
}

/// The file, to be added to. As long as it is open it is locked for other runs.
#[derive(Debug)]
pub(super) struct Fragments(File);

impl Fragments {
    /// Goes on with the file if it is of this run; begins it anew if it is of an earlier one of this transport.
    pub(super) fn open(root: &Path, run: &Run) -> Result<Self, String> {
        let _gate = gate(root)?;
        let path = root.join(FILE);
        let there = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let others = OUTPUTS.into_iter().chain([WIRE]);
                if let Some(name) = others.into_iter().find(|name| root.join(name).exists()) {
                    return Err(format!("there is a {name} that is not of this suite"));
                }
                Vec::new()
            }
            Err(error) => return Err(format!("{FILE}: {error}")),
        };
        let before = if there.is_empty() { None } else { Some(first(&there)?) };
        let file = OpenOptions::new().append(true).create(true).open(&path).map_err(said)?;
        let goes_on = before.as_ref().is_some_and(|before| before.run == run.head.run);
        match before {
            Some(before) if before.transport.name != run.head.transport.name => {
                let name = before.transport.name;
                return Err(format!(
                    "it has the reports of {name}; each suite needs one of its own"
                ));
            }
            Some(before) if goes_on && before.catalogue != run.head.catalogue => {
                return Err("the run was begun with another catalogue".to_owned());
            }
            _ => {}
        }
        let fragments = Self(file);
        if goes_on {
            fragments.lock_shared()?;
            // A process that was killed may have left half a line.
            if there.last() != Some(&b'\n') {
                (&fragments.0).write_all(b"\n").map_err(said)?;
            }
            return Ok(fragments);
        }
        match fragments.0.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err("another run writes there".to_owned()),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(said(error)),
        }
        fragments.0.set_len(0).map_err(said)?;
        remove_outputs(root)?;
        fragments.add(&Line::Run(Box::new(run.clone())))?;
        let _ = fragments.0.unlock();
        fragments.lock_shared()?;
        Ok(fragments)
    }

    /// Adds a line in one write.
    pub(super) fn add(&self, line: &Line) -> Result<(), String> {
        let text = serde_json::to_string(line).map_err(|error| error.to_string())? + "\n";
        (&self.0).write_all(text.as_bytes()).map_err(|error| format!("{FILE}: {error}"))
    }

    fn lock_shared(&self) -> Result<(), String> {
        match self.0.lock_shared() {
            Err(error) if error.kind() != ErrorKind::Unsupported => Err(said(error)),
            _ => Ok(()),
        }
    }
}

/// Held while the directory is begun, or its reports are made.
pub(super) fn gate(root: &Path) -> Result<File, String> {
    let path = root.join(".lock");
    let gate = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    match gate.lock() {
        Err(error) if error.kind() != ErrorKind::Unsupported => Err(said(error)),
        _ => Ok(gate),
    }
}

/// The run's id: nextest's, whose processes are one run, or one of its own.
pub(super) fn run_id() -> String {
    let given = std::env::var(NEXTEST).ok().filter(|id| !id.is_empty());
    given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("{:x}-{:x}", now.as_nanos(), std::process::id())
    })
}

/// All that the lines of a directory tell. Of several lines about a scenario the last one counts.
pub(super) fn read(root: &Path) -> Result<Document, String> {
    let path = root.join(FILE);
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    first(&bytes)?;
    let mut run = None;
    let mut rows = BTreeMap::new();
    // Half a line is what a process that was killed may leave.
    let lines = bytes.split(|byte| *byte == b'\n');
    for line in lines.filter_map(|line| serde_json::from_slice(line).ok()) {
        let row = match line {
            Line::Run(of) => {
                run = Some(*of);
                continue;
            }
            Line::Began { variant, id } => {
                document::scenario(&id).map(|scenario| Row::unfinished(&variant, scenario))
            }
            Line::Result(row) => Some(*row),
        };
        let variants = run.iter().flat_map(|run: &Run| &run.variants);
        if let Some(row) = row {
            let variant = variants.into_iter().position(|variant| variant.name == row.variant);
            let scenario = catalogue().iter().position(|scenario| scenario.id() == row.id);
            rows.insert((variant, scenario), row);
        }
    }
    let Run { head, variants } = run.ok_or("its first line is not a run")?;
    Ok(Document::new(head, variants, rows.into_values().collect()))
}

fn first(bytes: &[u8]) -> Result<Head, String> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match serde_json::from_slice(line) {
        Ok(Line::Run(run)) if run.head.schema == document::SCHEMA => Ok(run.head),
        _ => Err(format!("there is a {FILE} that is not of this suite")),
    }
}

fn remove_outputs(root: &Path) -> Result<(), String> {
    let removed = OUTPUTS.iter().map(|name| fs::remove_file(root.join(name)));
    let removed = removed.chain([fs::remove_dir_all(root.join(WIRE))]);
    for result in removed {
        match result {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(said(error)),
            _ => {}
        }
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn said(error: std::io::Error) -> String {
    error.to_string()
}

/// What nextest tells each of its processes.
const NEXTEST: &str = "NEXTEST_RUN_ID";

pub(super) const FILE: &str = "results.jsonl";
