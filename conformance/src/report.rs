//! What a run came to.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::caps::Caps;
use crate::catalogue::catalogue;
use crate::check::Check;
use crate::reports::{Declared, Directory, Wire};
use crate::scenario::{Level, Scenario};
use crate::wire::Connection;

/// The result of a suite: every scenario for every variant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The transport's name, as the suite was made with.
    pub transport: String,
    /// Its version.
    pub version: String,
    /// SHA-256 over the catalogue's ids, levels and revisions.
    pub digest: String,
    /// Whether a failed SHOULD counts as a failure.
    pub strict: bool,
    /// All limits were times this.
    pub time_scale: f64,
    pub(crate) started: OffsetDateTime,
    pub(crate) variants: Vec<Declared>,
    /// In the catalogue's order, variant by variant.
    pub results: Vec<ScenarioResult>,
}

/// What one scenario came to for one variant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScenarioResult {
    /// The variant's name.
    pub variant: String,
    /// The scenario's id.
    pub id: &'static str,
    /// The scenario's level.
    pub level: Level,
    /// The capabilities that it needs.
    pub caps: Caps,
    /// How it ended.
    pub status: Status,
    /// Everything that was looked at.
    pub checks: Vec<Check>,
    /// The connections, secrets masked.
    pub evidence: Vec<String>,
    /// The same, to be taken apart.
    pub(crate) connections: Vec<Connection>,
    /// How long it took.
    pub took: Duration,
}

/// How a scenario ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The suite itself broke: this says nothing of the transport.
    Error(String),
    /// A check failed.
    Fail,
    /// It failed as the file of known failures says; holds the reason.
    Known(String),
    /// It has no meaning for this kind of transport.
    NotApplicable,
    /// All checks passed.
    Pass,
    /// Not run; holds the reason.
    Skip(String),
    /// A SHOULD failed.
    Warn,
}

/// Whether a profile's scenarios hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// `core`, or a capability's name.
    pub name: &'static str,
    /// Whether the transport claims it: `core`, or a declared capability.
    pub claimed: bool,
    /// `Some(false)` if a MUST failed, `Some(true)` if every MUST of the catalogue was run and passed;
    /// `None` where it is not claimed, or not all was run and nothing failed.
    pub conformant: Option<bool>,
    /// How many MUST scenarios were run and passed.
    pub passed: usize,
    /// How many MUST scenarios the catalogue has for it.
    pub applicable: usize,
}

impl Report {
    /// A verdict for each profile of a variant: never one over what was skipped.
    pub fn profiles(&self, variant: &str, caps: Caps) -> Vec<Profile> {
        let mine = self.results.iter().filter(|result| result.variant == variant);
        let ended = mine.map(|result| (result.level, result.caps, result.status.clone()));
        profiles(caps, &ended.collect::<Vec<_>>())
    }

    /// Writes the reports into `directory`, as `--report-dir` does: it is made if it is not there, and begun
    /// anew if it holds those of an earlier run.
    ///
    /// # Errors
    ///
    /// What the directory holds otherwise, or why something cannot be written.
    pub fn write(&self, directory: &Path, wire: Wire) -> Result<(), String> {
        let directory = Directory::open(directory, wire, self)?;
        for result in &self.results {
            directory.add(result);
        }
        directory.finish()
    }

    /// How many results have this kind of status.
    pub fn count(&self, is: impl Fn(&Status) -> bool) -> usize {
        self.results.iter().filter(|result| is(&result.status)).count()
    }

    /// The process's exit code: 0 nothing that was run failed, but for known failures; 1 a failure, 3 the
    /// suite broke, 4 nothing ran. Whether the transport is conformant, [`Report::profiles`] says.
    pub fn exit_code(&self) -> u8 {
        let failed =
            |status: &Status| *status == Status::Fail || (self.strict && *status == Status::Warn);
        if self.count(|status| matches!(status, Status::Error(_))) > 0 {
            3
        } else if self.count(failed) > 0 {
            1
        } else if self.count(Status::ran) == 0 {
            4
        } else {
            0
        }
    }
}

impl Status {
    fn ran(&self) -> bool {
        !matches!(self, Self::NotApplicable | Self::Skip(_))
    }
}

impl Profile {
    /// The verdict in words.
    pub(crate) fn verdict(&self) -> &'static str {
        match self.conformant {
            Some(true) => "conformant",
            Some(false) => "not-conformant",
            None if self.claimed => "incomplete",
            None => "not-claimed",
        }
    }
}

/// A verdict for each profile of a variant that declares `caps`, over what its scenarios ended with.
pub(crate) fn profiles(caps: Caps, ended: &[(Level, Caps, Status)]) -> Vec<Profile> {
    let profile = |name: &'static str, needs: Caps| {
        // What needs two capabilities is no matter for who has one of them.
        let belongs = |level: Level, of: Caps| {
            let of_it = if needs == Caps::NONE { of == needs } else { of.contains(needs) };
            level == Level::Must && of_it && caps.contains(of.without(needs))
        };
        let mine = ended.iter().filter(|(level, of, _)| belongs(*level, *of));
        let mine: Vec<&Status> = mine.map(|(_, _, status)| status).collect();
        let all = catalogue().iter().filter(|s| belongs(s.level(), s.caps())).count();
        let without = mine.iter().filter(|status| ***status == Status::NotApplicable).count();
        let applicable = all - without;
        // With a warning, all that must hold does.
        let held = |status: &Status| matches!(status, Status::Pass | Status::Warn);
        let passed = mine.iter().filter(|status| held(status)).count();
        let failed = mine.iter().any(|status| status.ran() && !held(status));
        let claimed = caps.contains(needs);
        let conformant = match (failed, passed == applicable) {
            _ if !claimed => None,
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        };
        Profile { name, claimed, conformant, passed, applicable }
    };
    let rest = Caps::ALL.iter().map(|(name, cap)| profile(name, *cap));
    let profiles = std::iter::once(profile("core", Caps::NONE)).chain(rest);
    profiles.filter(|profile| profile.applicable > 0).collect()
}

/// What a stranger needs to mend a failure: why the scenario is there, the rule, expected and actual,
/// and the wire.
impl fmt::Display for ScenarioResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}, {}): {}", self.id, self.variant, self.level, self.status)?;
        if let Some(scenario) = catalogue().iter().find(|scenario| scenario.id() == self.id) {
            writeln!(f, "  why      {}", scenario.doc())?;
            writeln!(f, "  rule     {}", scenario.source())?;
        }
        for check in self.checks.iter().filter(|check| !check.passed) {
            writeln!(f, "  check    {} ({})", check.name, check.level)?;
            writeln!(f, "  expected {}", check.expected)?;
            writeln!(f, "  actual   {}", check.actual)?;
        }
        for evidence in &self.evidence {
            evidence.lines().try_for_each(|line| writeln!(f, "  | {line}"))?;
        }
        Ok(())
    }
}

pub(crate) const NOT_APPLICABLE: &str = "no meaning for this kind of transport";

/// SHA-256 over ids, levels and revisions, in hexadecimal.
pub(crate) fn digest(catalogue: &[Scenario]) -> String {
    let mut hash = Sha256::new();
    for scenario in catalogue {
        let (id, level, revision) = (scenario.id(), scenario.level(), scenario.revision());
        hash.update(format!("{id} {level} {revision}\n"));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(reason) => write!(f, "error: {reason}"),
            Self::Fail => f.write_str("fail"),
            Self::Known(reason) => write!(f, "known: {reason}"),
            Self::NotApplicable => write!(f, "na: {NOT_APPLICABLE}"),
            Self::Pass => f.write_str("pass"),
            Self::Skip(reason) => write!(f, "skip: {reason}"),
            Self::Warn => f.write_str("warn"),
        }
    }
}

#[cfg(test)]
mod tests;
