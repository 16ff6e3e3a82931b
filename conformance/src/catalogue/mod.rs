//! The catalogue: one file a group, one row a scenario. To add a scenario is to add a row, and its id to
//! ids.lock.

use std::sync::LazyLock;

use crate::scenario::Scenario;

mod auto;
mod cancel;
pub(crate) mod cap;
mod concurrency;
mod conn;
mod errproto;
mod fault;
mod fidelity;
mod framing;
mod handed_up;
mod header;
mod limit;
mod replay;
#[cfg(test)]
mod scripts;
mod secret;
mod status;
mod timeout;
mod tls;

/// Every scenario, in the order in which they are run and listed.
pub fn catalogue() -> &'static [Scenario] {
    static ROWS: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
        let groups = [
            status::rows(),
            errproto::rows(),
            fidelity::rows(),
            header::rows(),
            framing::rows(),
            conn::rows(),
            timeout::rows(),
            cancel::rows(),
            fault::rows(),
            tls::rows(),
            auto::rows(),
            concurrency::rows(),
            limit::rows(),
            secret::rows(),
            replay::rows(),
            cap::rows(),
        ];
        groups.into_iter().flatten().collect()
    });
    &ROWS
}

/// The catalogue's own version, apart from the crate's: docs/conformance.md, "What is a version of the
/// catalogue?"
pub(crate) const CATALOGUE_VERSION: &str = "1.1.0";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scenario::Replay;

    const LOCK: &str = include_str!("../../ids.lock");

    /// Id and level.
    fn locked() -> Vec<(&'static str, &'static str)> {
        let lines = LOCK.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split_once(' ').unwrap_or_else(|| panic!("{line}"))).collect()
    }

    #[test]
    fn the_catalogue_is_what_is_locked() {
        let there: Vec<_> = catalogue().iter().map(|s| (s.id(), s.level().to_string())).collect();
        let there: BTreeSet<_> = there.iter().map(|(id, level)| (*id, level.as_str())).collect();
        assert_eq!(there, locked().into_iter().collect());
        assert_eq!(locked().len(), 110);
    }

    #[test]
    fn what_changes_the_digest_changes_the_version() {
        let lines: Vec<&str> =
            LOCK.lines().filter_map(|line| line.strip_prefix("# version ")).collect();
        let digest = crate::report::digest(catalogue());
        let now = format!("{CATALOGUE_VERSION} {}", &digest[..12]);
        assert_eq!(lines, [now], "docs/conformance.md says which part of the version is raised");
    }

    /// docs/transports.md names scenarios that there are.
    #[test]
    fn the_checklist_names_what_is_locked() {
        let document = include_str!("../../../docs/transports.md");
        let named: Vec<&str> = document.split('`').skip(1).step_by(2).collect();
        let ids = named.iter().filter(|name| name.contains('/') && !name.starts_with("global/"));
        let mut count = 0;
        for id in ids.filter(|id| !id.contains('.')) {
            assert!(locked().iter().any(|(locked, _)| locked == id), "{id} is not locked");
            count += 1;
        }
        assert!(count > 50, "{count}");
    }

    /// How many scenarios a recording can hold: none is lost by a row that forgets to say so.
    #[test]
    fn what_can_be_replayed_is_marked() {
        let count = catalogue().iter().filter(|s| s.replay == Replay::Applies).count();
        assert_eq!(count, 46);
    }

    #[test]
    fn ids_are_unique_and_kebab() {
        let ids: BTreeSet<&str> = catalogue().iter().map(Scenario::id).collect();
        assert_eq!(ids.len(), catalogue().len());
        for id in ids {
            let (group, name) = id.split_once('/').unwrap();
            for part in [group, name] {
                let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                assert!(!part.is_empty() && part.chars().all(kebab), "{id}");
            }
        }
    }

    #[test]
    fn every_scenario_says_why_and_by_which_rule_and_does_something() {
        for scenario in catalogue() {
            let id = scenario.id();
            assert!(scenario.doc().len() > 20 && !scenario.doc().ends_with('.'), "{id}");
            assert!(!scenario.source().is_empty(), "{id}");
            assert!(!scenario.cases.is_empty(), "{id}");
        }
    }
}
