//! `summary.md`, for a job's summary on GitHub.

use super::document::{Counts, Document, Row, Word};
use super::escape::{markdown as text, shortened};
use super::junit::unmet;
use crate::check::Check;

pub(super) fn summary(document: &Document) -> String {
    let head = &document.head;
    let (transport, catalogue) = (&head.transport, &head.catalogue);
    let digest = catalogue.digest.get(..12).unwrap_or_default();
    let mut page = format!(
        "# {} {}\n\nCatalogue {} ({digest}), {}{}.\n\n## Verdicts\n\n",
        text(&transport.name),
        text(&transport.version),
        catalogue.version,
        head.started,
        if head.strict { ", strict" } else { "" },
    );
    page += "| variant | profile | verdict | MUST passed |\n| --- | --- | --- | --- |\n";
    for variant in &document.variants {
        let profiles = variant.profiles.iter().filter(|(_, of)| of.verdict != "not-claimed");
        for (name, profile) in profiles {
            let (variant, verdict) = (text(&variant.declared.name), mark(&profile.verdict));
            let (passed, applicable) = (profile.passed, profile.applicable);
            page += &format!("| {variant} | {name} | {verdict} | {passed} of {applicable} |\n");
        }
    }
    page += "\n## Counts\n\n| variant | pass | fail | warn | known | error | skip | na |\n";
    page += "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for variant in &document.variants {
        let Counts { pass, fail, warn, skip, na, known, error } = variant.counts;
        let name = text(&variant.declared.name);
        page +=
            &format!("| {name} | {pass} | {fail} | {warn} | {known} | {error} | {skip} | {na} |\n");
    }
    let noted: Vec<&Row> = document.results.iter().filter(|row| row.is_noted()).collect();
    if !noted.is_empty() {
        page += "\n## What to look at\n";
    }
    for (at, row) in noted.iter().enumerate() {
        let told = told(row);
        if page.len() + told.len() > MOST {
            page += &format!("\nAnd {} more: report.html has them.\n", noted.len() - at);
            break;
        }
        page += &told;
    }
    page
}

fn told(row: &Row) -> String {
    let sign = match row.status {
        Word::Fail => "❌",
        Word::Error => "💥",
        _ => "⚠️",
    };
    let (id, variant, level) = (text(&row.id), text(&row.variant), row.level);
    let mut part = format!("\n### {sign} {}: {id} ({variant}, {level})\n\n", row.status.name());
    part += &format!("{} ({})\n", text(&row.why), text(&row.rule));
    if let Some(reason) = &row.reason {
        part += &format!("\n{}\n", text(&shortened(reason, LONGEST)));
    }
    if unmet(row).next().is_some() {
        part += "\n| check | expected | actual |\n| --- | --- | --- |\n";
    }
    for Check { name, expected, actual, .. } in unmet(row) {
        let [name, expected, actual] =
            [name, expected, actual].map(|value| text(&shortened(value, LONGEST)));
        part += &format!("| {name} | {expected} | {actual} |\n");
    }
    if let Some(again) = &row.again {
        // A fence that nothing in it ends: a command is one line.
        let again = again.replace(['\n', '\r'], " ");
        part += &format!("\n```sh\n{again}\n```\n");
    }
    part
}

fn mark(verdict: &str) -> String {
    let sign = match verdict {
        "conformant" => "✅",
        "not-conformant" => "❌",
        _ => "⚪",
    };
    format!("{sign} {}", verdict.replace('-', " "))
}

/// GitHub takes a MiB.
const MOST: usize = 900_000;

/// How much of a value is shown, in characters.
const LONGEST: usize = 1000;

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::super::samples::{hostile, passed, sample};
    use super::*;

    /// The cells of all tables, as another parser reads them.
    fn cells(page: &str) -> Vec<String> {
        let mut cells = Vec::new();
        let mut cell = None;
        for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::TableCell) => cell = Some(String::new()),
                Event::End(TagEnd::TableCell) => cells.extend(cell.take()),
                Event::Text(text) => cell.iter_mut().for_each(|cell| *cell += &text),
                Event::Html(_) | Event::InlineHtml(_) | Event::Code(_) => {
                    panic!("markup: {event:?}")
                }
                _ => {}
            }
        }
        cells
    }

    #[test]
    fn verdicts_counts_and_failures_are_tables() {
        let page = summary(&sample(false));
        let cells = cells(&page);
        for cell in ["core", "❌ not conformant", "2 of 67", "outcome", "an error", "a body, short"]
        {
            assert!(cells.iter().any(|there| there == cell), "{cell} is not in {cells:?}\n{page}");
        }
        for part in [
            "### ❌ fail: framing/cl-short-truncated (default, must)",
            "### 💥 error: status/html-503 (other, must)",
            "\n```sh\ncargo test --test any -- --exact default::framing/cl-short-truncated\n```\n",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        assert!(!page.contains("status/success-200-empty"), "{page}");
        // It held.
        assert!(!cells.iter().any(|cell| cell == "global/G1"), "{page}");
        assert!(page.contains("\n## What to look at\n"), "{page}");
    }

    #[test]
    fn where_nothing_failed_there_is_nothing_to_look_at() {
        let page = summary(&passed());
        assert!(!page.contains("What to look at"), "{page}");
        let cells = cells(&page);
        assert!(cells.iter().any(|cell| cell == "✅ conformant"), "{page}");
        assert!(cells.iter().any(|cell| cell == "⚪ incomplete"), "{page}");
    }

    #[test]
    fn values_are_text_whatever_is_in_them() {
        let said = r"a|b `c` *d* _e_ ~~f~~ <script> [g](h) &amp; \| https://x @team $1$ #7 !";
        assert!(cells(&summary(&hostile(said))).contains(&said.to_owned()));
        let lines = "one\ntwo\u{202e}";
        assert!(cells(&summary(&hostile(lines))).contains(&r"one⏎ two\u{202e}".to_owned()));
        let long = "|".repeat(5000);
        let page = summary(&hostile(&long));
        assert!(cells(&page).contains(&format!("{}… (5000 characters)", "|".repeat(1000))));
    }

    #[test]
    fn a_summary_is_no_longer_than_github_takes() {
        let mut document = hostile(&"|".repeat(900));
        let row = document.results[0].clone();
        document.results = vec![row; 400];
        let page = summary(&document);
        assert!(page.len() < 1_000_000 && page.contains(" more: report.html has them."));
    }
}
