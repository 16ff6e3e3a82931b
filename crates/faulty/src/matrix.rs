//! The kill matrix: which scenario finds which faulty transport, as text that is kept in the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use kendra_sync_conformance::catalogue;

use crate::faulty::Faulty;

/// The scenarios that found each faulty transport.
pub(crate) type Kills = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// Both ways: by faulty transport, and by scenario.
pub(crate) fn text(roster: &[Faulty], kills: &Kills) -> String {
    let mut text = HEAD.to_owned();
    text += "| id | defect | must be caught by | is caught by, too |\n| --- | --- | --- | --- |\n";
    let none = BTreeSet::new();
    for Faulty { id, defect, caught_by, .. } in roster {
        let all = kills.get(id).unwrap_or(&none);
        let named = caught_by.iter().map(|scenario| {
            let mark = if all.contains(scenario) { "" } else { " (it is not)" };
            format!("`{scenario}`{mark}")
        });
        let named = named.collect::<Vec<_>>().join(" ");
        let order = catalogue().iter().map(|scenario| scenario.id());
        let too = order.filter(|scenario| all.contains(scenario) && !caught_by.contains(scenario));
        let too = too.map(|scenario| format!("`{scenario}`")).collect::<Vec<_>>().join(" ");
        text += &row(&[id, defect, &named, &too]);
    }
    text += "\n## By scenario\n\n";
    text +=
        "| scenario | level | catches, as it must | catches, too |\n| --- | --- | --- | --- |\n";
    for scenario in catalogue() {
        let caught = |named: bool| {
            let caught = roster.iter().filter(|faulty| {
                let all = kills.get(faulty.id).unwrap_or(&none);
                all.contains(scenario.id()) && faulty.caught_by.contains(&scenario.id()) == named
            });
            caught.map(|faulty| faulty.id).collect::<Vec<_>>().join(" ")
        };
        let (id, level) = (format!("`{}`", scenario.id()), scenario.level().to_string());
        text += &row(&[&id, &level, &caught(true), &caught(false)]);
    }
    text
}

/// What is kept, and what a run came to: the lines that differ.
pub(crate) fn difference(kept: &str, now: &str) -> Vec<String> {
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
        (kept.lines().collect(), now.lines().collect());
    let gone = before.difference(&after).map(|line| format!("- {line}"));
    gone.chain(after.difference(&before).map(|line| format!("+ {line}"))).collect()
}

/// The same without the last column: what is caught too may depend on how busy the machine is.
pub(crate) fn binding(text: &str) -> String {
    let rows = text.lines().map(|line| match line.strip_suffix(" |") {
        Some(row) => row.rsplit_once(" |").map_or(row, |(row, _too)| row),
        None => line,
    });
    rows.map(|row| format!("{row}\n")).collect()
}

/// Where it is kept.
pub(crate) fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("kill-matrix.md")
}

fn row(cells: &[&str]) -> String {
    let cells = cells.iter().map(|cell| if cell.is_empty() { "" } else { cell });
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

const HEAD: &str = "# Which scenario finds which faulty transport\n\n\
    Written by `cargo run -p kendra-sync-faulty -- --self-test --update`; a run without `--update` fails\n\
    where it comes to something else. What is caught \"too\" tells how specific a scenario is. It may depend on\n\
    how busy the machine is, so a difference there is told, and fails nothing; scenarios that need processes of\n\
    their own are run only where they must find something.\n\n\
    ## By faulty transport\n\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faulty::Make;

    #[test]
    fn the_matrix_tells_what_is_found_both_ways() {
        let named: &[&str] = &["status/html-503", "status/validation-400"];
        let roster = [Faulty::new("S01", "any", Make::Asked(|_| {}), named)];
        let found = BTreeSet::from(["status/html-503", "status/throttling-400"]);
        let text = text(&roster, &Kills::from([("S01", found)]));
        for line in [
            "| S01 | any | `status/html-503` `status/validation-400` (it is not) | `status/throttling-400` |",
            "| `status/html-503` | must | S01 |  |",
            "| `status/throttling-400` | must |  | S01 |",
            "| `status/validation-400` | must |  |  |",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_difference_is_told_line_by_line() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), Vec::<String>::new());
        assert_eq!(difference("a\nb\n", "a\nc\n"), ["- b", "+ c"]);
    }

    #[test]
    fn what_is_caught_too_does_not_bind() {
        assert_eq!(binding("# a\n| S01 | any | `a/b` | `c/d` |\n"), "# a\n| S01 | any | `a/b`\n");
        assert_eq!(binding("| S01 | any | `a/b` |  |\n"), "| S01 | any | `a/b`\n");
    }
}
