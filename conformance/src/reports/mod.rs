//! Reports in a directory: a line as each scenario begins and ends, and at the end files for people and
//! programs, made from those lines.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub(crate) use self::document::Declared;

use self::document::{ConnectionRow, Document, Head, Row};
use self::fragments::{Fragments, Line, Run};
use crate::child;
use crate::command;
use crate::report::{Report, ScenarioResult, Status};

mod document;
mod escape;
mod fragments;
mod hexdump;
mod junit;
mod markdown;
mod page;
#[cfg(test)]
mod samples;
mod wire_files;

/// Whose bytes are kept in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wire {
    /// Every scenario's.
    All,
    /// Those of scenarios that failed, warned, broke, or failed as is known.
    #[default]
    Failed,
    /// Nobody's.
    Never,
}

/// A directory of reports while scenarios run.
#[derive(Debug)]
pub(crate) struct Directory {
    root: PathBuf,
    wire: Wire,
    fragments: Fragments,
    /// The first thing that could not be written.
    broken: Mutex<Option<String>>,
}

impl Directory {
    /// Begins anew, or goes on with what other processes of the same run have begun.
    ///
    /// # Errors
    ///
    /// It cannot be made or written, or it holds what is not to be replaced.
    pub(crate) fn open(root: &Path, wire: Wire, report: &Report) -> Result<Self, String> {
        let root = place(root, &report.transport);
        let head = Head::new(report, fragments::run_id());
        let run = Run { head, variants: report.variants.clone() };
        let opened = fs::create_dir_all(&root).map_err(|error| error.to_string());
        let opened = opened.and_then(|()| Fragments::open(&root, &run));
        let fragments = opened
            .map_err(|problem| format!("the report directory {}: {problem}", root.display()))?;
        Ok(Self { root, wire, fragments, broken: Mutex::default() })
    }

    /// Notes that a scenario begins.
    pub(crate) fn began(&self, variant: &str, id: &str) {
        let (variant, id) = (variant.to_owned(), id.to_owned());
        self.noted(self.fragments.add(&Line::Began { variant, id }));
    }

    /// Notes what a scenario came to, its bytes first.
    pub(crate) fn add(&self, result: &ScenarioResult) {
        self.noted(self.try_add(result));
    }

    fn try_add(&self, result: &ScenarioResult) -> Result<(), String> {
        let said = match result.status {
            Status::Error(_) | Status::Fail | Status::Known(_) | Status::Warn => true,
            Status::NotApplicable | Status::Pass | Status::Skip(_) => false,
        };
        let keep = self.wire == Wire::All || (self.wire == Wire::Failed && said);
        let mut rows = Vec::new();
        for (n, connection) in (1..).zip(&result.connections) {
            let files = keep
                .then(|| wire_files::write(&self.root, &result.variant, result.id, n, connection));
            rows.push(ConnectionRow::new(n, connection, files.transpose()?, keep || said));
        }
        let again = child::is_allowed().then(|| command::again(&result.variant, result.id));
        let row = Row::new(result, again, rows).ok_or("the catalogue has no such scenario")?;
        self.fragments.add(&Line::Result(Box::new(row)))
    }

    /// Makes the reports of all that is there.
    ///
    /// # Errors
    ///
    /// What could not be written, now or before.
    pub(crate) fn finish(&self) -> Result<(), String> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner).clone();
        broken.map_or_else(|| render(&self.root), Err)
    }

    fn noted(&self, done: Result<(), String>) {
        if let Err(problem) = done {
            self.broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(problem);
        }
    }
}

/// Where the reports of this transport are: `{transport}` stands for its name.
pub(crate) fn place(directory: &Path, transport: &str) -> PathBuf {
    let parts = directory.iter().map(|part| match part.to_str() {
        Some(text) => text.replace("{transport}", &wire_files::part(transport)).into(),
        None => part.to_owned(),
    });
    parts.collect()
}

/// Makes the reports from the lines that are in a directory.
///
/// # Errors
///
/// There are none, or a file cannot be written.
pub(crate) fn render(root: &Path) -> Result<(), String> {
    // Another process of the run may be about to do the same.
    let _gate = fragments::gate(root)?;
    let document = fragments::read(root)?;
    for (name, text) in files(&document, root)? {
        let (path, unfinished) = (root.join(name), root.join(format!(".{name}.part")));
        let written = fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, &path));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Names and contents.
fn files(document: &Document, root: &Path) -> Result<[(&'static str, String); 4], String> {
    let json = serde_json::to_string_pretty(document).map_err(|error| error.to_string())? + "\n";
    let [first, second, third, fourth] = OUTPUTS;
    Ok([
        (first, json),
        (second, junit::xml(document)?),
        (third, markdown::summary(document)),
        (fourth, page::page(document, root)),
    ])
}

/// What is made from the lines.
const OUTPUTS: [&str; 4] = ["report.json", "junit.xml", "summary.md", "report.html"];

/// Where the bytes are.
const WIRE: &str = "wire";
