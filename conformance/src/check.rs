//! What was looked at in a scenario, and whether it was as it should be.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::canary::Canaries;
use crate::scenario::Level;

/// One thing that was looked at.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What, such as `delivery` or `global/G1`.
    pub name: String,
    /// How binding it is, within a scenario's level.
    pub level: Level,
    /// Whether it was as it should be.
    pub passed: bool,
    /// What it should be.
    pub expected: String,
    /// What it was.
    pub actual: String,
}

/// The checks of a scenario as they are made.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    pub(crate) made: Vec<Check>,
    /// The case that they belong to.
    case: String,
}

impl Checks {
    /// Those of a case.
    pub(crate) fn of(case: &str) -> Self {
        Self { made: Vec::new(), case: case.to_owned() }
    }

    pub(crate) fn case(&mut self, name: &str) {
        name.clone_into(&mut self.case);
    }

    /// `passed` must hold.
    pub(crate) fn must(
        &mut self,
        name: &str,
        passed: bool,
        expected: impl Display,
        actual: impl Display,
    ) {
        self.add(Level::Must, name, passed, &expected, &actual);
    }

    /// `passed` should hold.
    pub(crate) fn should(
        &mut self,
        name: &str,
        passed: bool,
        expected: impl Display,
        actual: impl Display,
    ) {
        self.add(Level::Should, name, passed, &expected, &actual);
    }

    /// Any of what `expected` names will do; which one it is, the report tells.
    pub(crate) fn record(&mut self, name: &str, expected: impl Display, actual: impl Display) {
        self.add(Level::May, name, true, &expected, &actual);
    }

    /// Two values must be the same.
    pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(
        &mut self,
        name: &str,
        actual: T,
        expected: T,
    ) {
        let passed = actual == expected;
        self.must(name, passed, format_args!("{expected:?}"), format_args!("{actual:?}"));
    }

    /// Hides canaries in what was found.
    pub(crate) fn mask(&mut self, canaries: &Canaries) {
        for check in &mut self.made {
            check.expected = canaries.masked(&check.expected);
            check.actual = canaries.masked(&check.actual);
        }
    }

    fn add(
        &mut self,
        level: Level,
        name: &str,
        passed: bool,
        expected: &dyn Display,
        actual: &dyn Display,
    ) {
        let name =
            if self.case.is_empty() { name.to_owned() } else { format!("{}: {name}", self.case) };
        let (expected, actual) = (expected.to_string(), actual.to_string());
        self.made.push(Check { name, level, passed, expected, actual });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canary;

    /// Name, level and whether it passed.
    fn told(checks: &Checks) -> Vec<(&str, Level, bool)> {
        checks.made.iter().map(|check| (check.name.as_str(), check.level, check.passed)).collect()
    }

    #[test]
    fn a_check_has_the_name_of_its_case_and_its_own_level_and_outcome() {
        let mut checks = Checks::of("a case");
        checks.must("one", true, 1, 1);
        checks.must("two", false, 1, 2);
        checks.should("three", false, 1, 2);
        checks.case("another");
        checks.record("four", "any", 4);
        checks.case("");
        checks.equal("five", 5, 5);
        checks.equal("six", 5, 6);
        let expected = [
            ("a case: one", Level::Must, true),
            ("a case: two", Level::Must, false),
            ("a case: three", Level::Should, false),
            ("another: four", Level::May, true),
            ("five", Level::Must, true),
            ("six", Level::Must, false),
        ];
        assert_eq!(told(&checks), expected);
        let six = checks.made.last().unwrap();
        assert_eq!((six.expected.as_str(), six.actual.as_str()), ("6", "5"));
    }

    #[test]
    fn a_secret_is_hidden_in_what_was_expected_and_in_what_came() {
        let mut checks = Checks::default();
        checks.must("one", false, canary::SECRET, format_args!("a {}", canary::TOKEN));
        checks.mask(&Canaries::new([]));
        let one = &checks.made[0];
        assert_eq!(one.expected, "▒".repeat(canary::SECRET.len()));
        assert_eq!(one.actual, format!("a {}", "▒".repeat(canary::TOKEN.len())));
    }
}
