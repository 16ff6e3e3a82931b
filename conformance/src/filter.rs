//! What of the catalogue is run, and how.

use crate::known::KnownFailures;
use crate::scenario::{Level, Scenario};

/// Selects scenarios, and says how they are run.
///
/// # Examples
///
/// ```
/// use kendra_sync_conformance::{Filter, Level};
///
/// let filter = Filter::all().group("framing").level(Level::Must).strict();
/// # let _ = filter;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Filter {
    names: Vec<String>,
    exact: bool,
    skipped: Vec<String>,
    groups: Vec<String>,
    level: Option<Level>,
    strict: bool,
    time_scale: Option<f64>,
    known: KnownFailures,
}

impl Filter {
    /// The whole catalogue.
    pub fn all() -> Self {
        Self::default()
    }

    /// Only scenarios of this id, this group, or whose name has this in it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Names are whole ids, groups, or trial names.
    pub fn exact(mut self) -> Self {
        self.exact = true;
        self
    }

    /// Not these, by the same rules as [`Filter::name`].
    pub fn skip(mut self, name: impl Into<String>) -> Self {
        self.skipped.push(name.into());
        self
    }

    /// Only this group, and others that are named so.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// Only scenarios at least this binding.
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// A failed SHOULD is a failure.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// All time limits times this, for slow machines: 0.1 to 100, and what is outside is the nearer end.
    pub fn time_scale(mut self, scale: f64) -> Self {
        self.time_scale = Some(if scale.is_nan() { 1.0 } else { scale.clamp(0.1, 100.0) });
        self
    }

    /// Failures that do not count.
    pub fn known_failures(mut self, known: KnownFailures) -> Self {
        self.known = known;
        self
    }

    pub(crate) fn selects(&self, variant: &str, scenario: &Scenario) -> bool {
        let matches = |name: &String| {
            let trial = crate::suite::trial_name(variant, scenario);
            name == scenario.id()
                || name == scenario.group()
                || *name == trial
                || (!self.exact && trial.contains(name.as_str()))
        };
        (self.names.is_empty() || self.names.iter().any(matches))
            && !self.skipped.iter().any(matches)
            && (self.groups.is_empty() || self.groups.iter().any(|g| g == scenario.group()))
            && self.level.is_none_or(|level| scenario.level() >= level)
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.exact
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    pub(crate) fn scale(&self) -> f64 {
        self.time_scale.unwrap_or(1.0)
    }

    pub(crate) fn known(&self) -> &KnownFailures {
        &self.known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of three scenarios are selected for the variant `v`.
    fn selected(filter: &Filter) -> String {
        let scenarios = [
            Scenario::must("framing/short"),
            Scenario::should("framing/short-chunk"),
            Scenario::may("conn/framing"),
        ];
        let selected = scenarios.iter().filter(|scenario| filter.selects("v", scenario));
        selected.map(Scenario::id).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_selected_has_one_of_the_names_and_groups_and_is_binding_enough() {
        let (all, both) =
            ("framing/short framing/short-chunk conn/framing", "framing/short framing/short-chunk");
        let any = Filter::all;
        for (filter, expected) in [
            (any(), all),
            (any().exact(), all),
            (any().name("short"), both),
            (any().name("v::framing/short-c"), "framing/short-chunk"),
            (any().name("framing"), all),
            (any().exact().name("framing"), both),
            (any().exact().name("short"), ""),
            (any().exact().name("framing/short"), "framing/short"),
            (any().exact().name("v::framing/short"), "framing/short"),
            (any().exact().name("w::framing/short"), ""),
            (any().name("chunk").name("conn"), "framing/short-chunk conn/framing"),
            (any().skip("chunk"), "framing/short conn/framing"),
            (any().exact().skip("chunk"), all),
            (any().name("short").skip("framing/short"), ""),
            (any().exact().name("framing").skip("framing/short"), "framing/short-chunk"),
            (any().group("framing"), both),
            (any().group("framing").group("conn"), all),
            (any().group("conn").name("short"), ""),
            (any().level(Level::Must), "framing/short"),
            (any().level(Level::Should), both),
            (any().level(Level::May), all),
        ] {
            assert_eq!(selected(&filter), expected, "{filter:?}");
        }
    }

    #[test]
    fn how_scenarios_are_run_is_kept() {
        let plain = Filter::all();
        assert_eq!((plain.is_exact(), plain.is_strict(), plain.scale()), (false, false, 1.0));
        let other = Filter::all().exact().strict().time_scale(3.0);
        assert_eq!((other.is_exact(), other.is_strict(), other.scale()), (true, true, 3.0));
        for (given, taken) in [(0.01, 0.1), (1000.0, 100.0), (f64::NAN, 1.0)] {
            assert_eq!(Filter::all().time_scale(given).scale(), taken);
        }
    }
}
