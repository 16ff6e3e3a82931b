//! The page.

use std::collections::BTreeMap;
use std::fmt::Write;

use kendra_sync_conformance::{Filter, Suite, catalogue};

use crate::kept::{Kept, Outcome};

/// `docs/conformance-matrix.md`.
pub(crate) fn of(kept: &[Kept]) -> String {
    let digest = Suite::new("", "").run(&Filter::all()).digest;
    let mut page = format!("{HEAD}\n{}\n", header(kept, &digest));
    let mut group = "";
    for scenario in catalogue() {
        if scenario.group() != group {
            group = scenario.group();
            page += &format!("\n## {group}\n\n{}", top("scenario", kept));
        }
        let cells = kept.iter().map(|kept| cell(kept, scenario.id()));
        page += &row(&format!("`{}` {}", scenario.id(), scenario.level()), cells);
    }
    page += "\n# Known failures\n\nWhat each is, as the file beside the transport says.\n";
    for kept in kept {
        page += &known(kept);
    }
    page
}

fn header(kept: &[Kept], digest: &str) -> String {
    let mut text = top("", kept);
    text += &row("version", kept.iter().map(|kept| kept.transport.version.clone()));
    text += &row("run on", kept.iter().map(|kept| day(&kept.started)));
    text += &row(
        "catalogue",
        kept.iter().map(|kept| {
            let stale = if kept.catalogue.digest == digest { "" } else { ", **stale**" };
            let short = kept.catalogue.digest.get(..12).unwrap_or_default();
            format!("{}, `{short}`{stale}", kept.catalogue.version)
        }),
    );
    for profile in PROFILES {
        text += &row(&format!("**{profile}**"), kept.iter().map(|kept| verdict(kept, profile)));
    }
    text
}

fn top(first: &str, kept: &[Kept]) -> String {
    let names = kept.iter().map(|kept| {
        let name = kept.transport.name.as_str();
        name.strip_prefix("kendra-sync-").unwrap_or(name).to_owned()
    });
    format!("{}|{}\n", row(first, names), " --- |".repeat(kept.len() + 1))
}

fn row(first: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {first} | {} |\n", cells.join(" | "))
}

fn day(stamp: &str) -> String {
    stamp.get(..10).unwrap_or(stamp).to_owned()
}

/// The worst verdict of those variants that claim the profile.
fn verdict(kept: &Kept, profile: &str) -> String {
    let found = kept.variants.iter().filter_map(|variant| variant.profiles.get(profile));
    let claimed = found.filter(|profile| profile.verdict != "not-claimed");
    let worst = claimed
        .min_by_key(|profile| VERDICTS.iter().position(|verdict| *verdict == profile.verdict));
    worst.map_or_else(
        || "–".to_owned(),
        |worst| format!("{} {}/{}", worst.verdict, worst.passed, worst.applicable),
    )
}

/// The worst status of all variants, over `http` and `https`; where others did better, whose it is.
fn cell(kept: &Kept, id: &str) -> String {
    let rank = |outcome: &&Outcome| STATUSES.iter().position(|status| *status == outcome.status);
    let mine: Vec<&Outcome> = kept.results.iter().filter(|outcome| outcome.id == id).collect();
    let Some(worst) = mine.iter().copied().min_by_key(rank) else { return "not run".to_owned() };
    let ran = |outcome: &&&Outcome| !matches!(outcome.status.as_str(), "skip" | "na");
    let of = |outcome: &&&Outcome| outcome.status == worst.status;
    let bad = matches!(worst.status.as_str(), "error" | "fail" | "known" | "warn");
    if !bad || mine.iter().filter(ran).count() == mine.iter().filter(of).count() {
        return worst.status.clone();
    }
    let variants = mine.iter().filter(of).map(|outcome| outcome.variant.as_str());
    format!("{} ({})", worst.status, variants.collect::<Vec<_>>().join(", "))
}

/// The known failures of a transport, those with the same reason together.
fn known(kept: &Kept) -> String {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for outcome in &kept.results {
        if let Some(reason) = outcome.reason.as_deref() {
            let ids = reasons.entry(&outcome.id).or_default();
            if !ids.contains(&reason) {
                ids.push(reason);
            }
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = format!("\n## {} {}\n\n", kept.transport.name, kept.transport.version);
    for scenario in catalogue() {
        for reason in reasons.get(scenario.id()).into_iter().flatten() {
            let _ = writeln!(text, "- `{}`: {reason}", scenario.id());
        }
    }
    text
}

const HEAD: &str = "\
# Conformance matrix

Made by `cargo run -p kendra-sync-conformance --example matrix -- render` of the reports in `conformance/matrix`; do not
edit it. What it shows, and how a column is made anew: [conformance.md](conformance.md), \"What is in the matrix?\"

A column is a transport: this project's first, then those in [others](../others/README.md). All its variants, over `http`
and `https`, are one cell, and the worst counts; a name in brackets says whose that is where others did better. A verdict
has beside it how many of the MUST scenarios passed.

| cell | meaning |
| --- | --- |
| pass | every check held |
| warn | every MUST in it held, a SHOULD did not |
| known | it failed, and the transport's file of known failures says why |
| fail, error | it failed otherwise; the suite broke |
| skip | a capability that it needs is not declared |
| na | it has no meaning for this kind of transport |
| stale | the run was of another catalogue than the one that is here |
";

const PROFILES: [&str; 7] = ["core", "cancel", "limit", "pool", "replay", "timeout", "tls"];

/// The worst first.
const VERDICTS: [&str; 3] = ["not-conformant", "incomplete", "conformant"];

/// The worst first.
const STATUSES: [&str; 7] = ["error", "fail", "known", "warn", "pass", "skip", "na"];
