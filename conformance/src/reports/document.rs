//! What `report.json` holds. Its schema is `report.schema.json`, beside this crate's `Cargo.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::caps::Caps;
use crate::catalogue::{CATALOGUE_VERSION, cap, catalogue};
use crate::check::Check;
use crate::report::{self, Profile, Report, ScenarioResult, Status};
use crate::scenario::{Level, Scenario};
use crate::wire::{Connection, Moment};

/// The whole report.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Document {
    #[serde(flatten)]
    pub(crate) head: Head,
    pub(crate) finished: String,
    pub(crate) variants: Vec<VariantRow>,
    /// In the catalogue's order, variant by variant.
    pub(crate) results: Vec<Row>,
}

/// What is known before anything has run.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    pub(crate) schema: String,
    /// The same for all processes of a run.
    pub(crate) run: String,
    pub(crate) suite: Version,
    pub(crate) catalogue: Catalogue,
    pub(crate) transport: Transport,
    pub(crate) environment: Environment,
    pub(crate) strict: bool,
    pub(crate) time_scale: f64,
    pub(crate) started: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Version {
    pub(crate) version: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Catalogue {
    pub(crate) version: String,
    pub(crate) digest: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Transport {
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Environment {
    /// The compiler's version line, if it was to be had.
    pub(crate) rustc: Option<String>,
    pub(crate) os: String,
    pub(crate) arch: String,
}

/// A variant as it is declared.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Declared {
    pub(crate) name: String,
    /// `async`, `blocking` or `replay`.
    pub(crate) kind: String,
    pub(crate) scheme: String,
    pub(crate) declared: Vec<String>,
}

/// A variant, and what it came to.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct VariantRow {
    #[serde(flatten)]
    pub(crate) declared: Declared,
    /// None where it was not looked at.
    pub(crate) observed: Option<Vec<String>>,
    pub(crate) profiles: BTreeMap<String, ProfileRow>,
    pub(crate) counts: Counts,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ProfileRow {
    pub(crate) verdict: String,
    pub(crate) passed: usize,
    pub(crate) applicable: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Counts {
    pub(crate) pass: usize,
    pub(crate) fail: usize,
    pub(crate) warn: usize,
    pub(crate) skip: usize,
    pub(crate) na: usize,
    pub(crate) known: usize,
    pub(crate) error: usize,
}

/// What one scenario came to for one variant.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    pub(crate) variant: String,
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) revision: u32,
    pub(crate) level: Level,
    pub(crate) caps: Vec<String>,
    pub(crate) status: Word,
    pub(crate) reason: Option<String>,
    pub(crate) duration_ms: u64,
    pub(crate) why: String,
    pub(crate) rule: String,
    pub(crate) checks: Vec<Check>,
    pub(crate) connections: Vec<ConnectionRow>,
    /// How to run it again, where a command can.
    pub(crate) again: Option<String>,
}

/// A status in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Word {
    Error,
    Fail,
    Known,
    Na,
    Pass,
    Skip,
    Warn,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionRow {
    /// Counts the connections of the scenario.
    pub(crate) n: usize,
    pub(crate) case: String,
    pub(crate) server: u8,
    pub(crate) accepted_at_ms: f64,
    pub(crate) closed_by: Option<String>,
    pub(crate) bytes_in: usize,
    pub(crate) bytes_out: usize,
    pub(crate) timeline: Vec<Moment>,
    /// Where the bytes are, if they are kept.
    pub(crate) wire: Option<WireFiles>,
}

/// Files beside the report, and which of their bytes are masked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireFiles {
    /// What the client sent.
    #[serde(rename = "in")]
    pub(crate) received: String,
    #[serde(rename = "out")]
    pub(crate) sent: String,
    pub(crate) text: String,
    /// Stretches, by start and length.
    pub(crate) masked_in: Vec<(usize, usize)>,
    pub(crate) masked_out: Vec<(usize, usize)>,
}

impl Head {
    /// That of a report.
    pub(crate) fn new(report: &Report, run: String) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            run,
            suite: Version { version: env!("CARGO_PKG_VERSION").to_owned() },
            catalogue: Catalogue {
                version: CATALOGUE_VERSION.to_owned(),
                digest: report.digest.clone(),
            },
            transport: Transport {
                name: report.transport.clone(),
                version: report.version.clone(),
            },
            environment: Environment {
                rustc: option_env!("KENDRA_CONFORMANCE_RUSTC").map(str::to_owned),
                os: std::env::consts::OS.to_owned(),
                arch: std::env::consts::ARCH.to_owned(),
            },
            strict: report.strict,
            time_scale: report.time_scale,
            started: stamp(report.started),
        }
    }
}

impl Row {
    /// A result, its connections as `rows` has them.
    pub(crate) fn new(
        result: &ScenarioResult,
        again: Option<String>,
        connections: Vec<ConnectionRow>,
    ) -> Option<Self> {
        let scenario = scenario(result.id)?;
        let mut row = Self::unfinished(&result.variant, scenario);
        (row.status, row.reason) = match &result.status {
            Status::Error(reason) => (Word::Error, Some(reason.clone())),
            Status::Fail => (Word::Fail, None),
            Status::Known(reason) => (Word::Known, Some(reason.clone())),
            Status::NotApplicable => (Word::Na, Some(report::NOT_APPLICABLE.to_owned())),
            Status::Pass => (Word::Pass, None),
            Status::Skip(reason) => (Word::Skip, Some(reason.clone())),
            Status::Warn => (Word::Warn, None),
        };
        row.duration_ms = u64::try_from(result.took.as_millis()).unwrap_or(u64::MAX);
        row.checks.clone_from(&result.checks);
        (row.connections, row.again) = (connections, again);
        Some(row)
    }

    /// One that has begun, and of which no more is known.
    pub(crate) fn unfinished(variant: &str, scenario: &Scenario) -> Self {
        Self {
            variant: variant.to_owned(),
            id: scenario.id().to_owned(),
            group: scenario.group().to_owned(),
            revision: scenario.revision(),
            level: scenario.level(),
            caps: scenario.caps().names(),
            status: Word::Error,
            reason: Some(UNFINISHED.to_owned()),
            duration_ms: 0,
            why: scenario.doc().to_owned(),
            rule: scenario.source().to_owned(),
            checks: Vec::new(),
            connections: Vec::new(),
            again: None,
        }
    }

    /// Whether it deserves a look.
    pub(crate) fn is_noted(&self) -> bool {
        matches!(self.status, Word::Error | Word::Fail | Word::Known | Word::Warn)
    }

    fn status(&self) -> Status {
        let reason = self.reason.clone().unwrap_or_default();
        match self.status {
            Word::Error => Status::Error(reason),
            Word::Fail => Status::Fail,
            Word::Known => Status::Known(reason),
            Word::Na => Status::NotApplicable,
            Word::Pass => Status::Pass,
            Word::Skip => Status::Skip(reason),
            Word::Warn => Status::Warn,
        }
    }
}

impl ConnectionRow {
    /// Connection number `n`; what it said is left out unless `said`.
    pub(crate) fn new(n: usize, of: &Connection, wire: Option<WireFiles>, said: bool) -> Self {
        let mut timeline = of.timeline.clone();
        for moment in timeline.iter_mut().filter(|moment| !said && moment.bytes.is_some()) {
            moment.text = None;
        }
        Self {
            n,
            case: of.case.clone(),
            server: of.server,
            accepted_at_ms: of.accepted_ms,
            closed_by: of.closed_by().map(str::to_owned),
            bytes_in: of.received.length,
            bytes_out: of.bytes_sent(),
            timeline,
            wire,
        }
    }
}

impl Document {
    pub(crate) fn new(head: Head, variants: Vec<Declared>, results: Vec<Row>) -> Self {
        let rows = variants.into_iter().map(|declared| VariantRow::new(declared, &results));
        let variants = rows.collect();
        Self { head, finished: stamp(OffsetDateTime::now_utc()), variants, results }
    }
}

impl VariantRow {
    fn new(declared: Declared, results: &[Row]) -> Self {
        let mine = || results.iter().filter(|row| row.variant == declared.name);
        let caps = Caps::named(&declared.declared);
        let ended: Vec<_> =
            mine().map(|row| (row.level, Caps::named(&row.caps), row.status())).collect();
        let profiles = report::profiles(caps, &ended).into_iter().map(|profile| {
            let Profile { name, passed, applicable, .. } = profile;
            let verdict = profile.verdict().to_owned();
            (name.to_owned(), ProfileRow { verdict, passed, applicable })
        });
        let looked_at = mine().find(|row| row.id == cap::DECLARED_MATCHES_OBSERVED);
        let shown = looked_at.and_then(|row| row.checks.iter().find(|c| c.name == cap::OBSERVED));
        let observed = shown.map(|check| {
            let names: Vec<String> = check.actual.split(", ").map(str::to_owned).collect();
            Caps::named(&names).names()
        });
        let (profiles, counts) = (profiles.collect(), Counts::of(mine()));
        Self { declared, observed, profiles, counts }
    }
}

impl Counts {
    pub(crate) fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            *match row.status {
                Word::Error => &mut counts.error,
                Word::Fail => &mut counts.fail,
                Word::Known => &mut counts.known,
                Word::Na => &mut counts.na,
                Word::Pass => &mut counts.pass,
                Word::Skip => &mut counts.skip,
                Word::Warn => &mut counts.warn,
            } += 1;
        }
        counts
    }

    /// What there is of, worst first.
    pub(crate) fn named(self) -> Vec<(Word, usize)> {
        let Self { pass, fail, warn, skip, na, known, error } = self;
        let all = [
            (Word::Fail, fail),
            (Word::Error, error),
            (Word::Warn, warn),
            (Word::Known, known),
            (Word::Pass, pass),
            (Word::Skip, skip),
            (Word::Na, na),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

impl Word {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Fail => "fail",
            Self::Known => "known",
            Self::Na => "na",
            Self::Pass => "pass",
            Self::Skip => "skip",
            Self::Warn => "warn",
        }
    }
}

pub(crate) fn scenario(id: &str) -> Option<&'static Scenario> {
    catalogue().iter().find(|scenario| scenario.id() == id)
}

/// RFC 3339, to the second.
fn stamp(time: OffsetDateTime) -> String {
    let (date, month) = (time.date(), u8::from(time.month()));
    let (hour, minute, second) = time.to_hms();
    let (year, day) = (date.year(), date.day());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

pub(crate) const SCHEMA: &str = "kendra-sync-conformance/1";

const UNFINISHED: &str =
    "it began, and did not come to an end: its process ended before, or runs still";

#[cfg(test)]
mod tests;
