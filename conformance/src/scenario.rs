//! What a scenario is: a row of the catalogue.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::caps::Caps;
use crate::case::Case;

/// One row of the catalogue: what a server does, and what a transport must make of it.
#[derive(Debug)]
pub struct Scenario {
    pub(crate) id: &'static str,
    pub(crate) level: Level,
    pub(crate) revision: u32,
    pub(crate) doc: &'static str,
    pub(crate) source: &'static str,
    pub(crate) caps: Caps,
    pub(crate) replay: Replay,
    pub(crate) cases: Vec<Case>,
    /// Its cases wait more than they compute: they are run at once.
    pub(crate) at_once: bool,
}

/// How binding a scenario is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Recorded only.
    May,
    /// A failure is a warning, and with `--strict` a failure.
    Should,
    /// A failure is a failure.
    Must,
}

/// Whether a scenario has a meaning for a transport that plays recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// It needs a socket.
    NotApplicable,
    /// A recording can hold it.
    Applies,
}

impl Scenario {
    /// The id: `group/name`, never used for anything else.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The part of the id before the slash.
    pub fn group(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(group, _)| group)
    }

    /// How binding it is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Counts changes of what it asks for.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Why it is there, and what to mend when it fails.
    pub fn doc(&self) -> &'static str {
        self.doc
    }

    /// The rule that it stands on.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The capabilities that it needs.
    pub fn caps(&self) -> Caps {
        self.caps
    }

    pub(crate) fn must(id: &'static str) -> Self {
        Self {
            id,
            level: Level::Must,
            revision: 1,
            doc: "",
            source: "",
            caps: Caps::NONE,
            replay: Replay::NotApplicable,
            cases: Vec::new(),
            at_once: false,
        }
    }

    pub(crate) fn should(id: &'static str) -> Self {
        Self { level: Level::Should, ..Self::must(id) }
    }

    pub(crate) fn may(id: &'static str) -> Self {
        Self { level: Level::May, ..Self::must(id) }
    }

    /// It asks for more than it did before.
    pub(crate) fn revised(mut self, revision: u32) -> Self {
        self.revision = revision;
        self
    }

    /// Why it is there and what to mend.
    pub(crate) fn why(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// The rule: an RFC's section, AWS's page, a number of the transport's contract.
    pub(crate) fn rule(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// It is skipped where these are not declared.
    pub(crate) fn needs(mut self, caps: Caps) -> Self {
        self.caps = caps;
        self
    }

    /// Its cases are run at once.
    pub(crate) fn at_once(mut self) -> Self {
        self.at_once = true;
        self
    }

    pub(crate) fn replayable(mut self) -> Self {
        self.replay = Replay::Applies;
        self
    }

    pub(crate) fn case(mut self, case: Case) -> Self {
        self.cases.push(case);
        self
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::May => "may",
            Self::Must => "must",
            Self::Should => "should",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_it_was_given() {
        let row = Scenario::should("group/name").why("why").rule("rule").revised(3);
        assert_eq!((row.id(), row.group(), row.level()), ("group/name", "group", Level::Should));
        assert_eq!((row.doc(), row.source(), row.revision()), ("why", "rule", 3));
        assert_eq!((row.caps(), Scenario::must("a/b").revision()), (Caps::NONE, 1));
        assert_eq!(
            [Level::May, Level::Should, Level::Must].map(|l| l.to_string()),
            ["may", "should", "must"]
        );
    }
}
