//! docs/write-your-own-transport.md says of each step what is compiled here and what the suite says of it.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::BTreeMap;
use std::convert::Infallible;

use kendra_sync_conformance::{Caps, Filter, Report, Status, Suite};
use kendra_sync_tutorial::{step1, step2, step3};

const PAGE: &str = include_str!("../../../docs/write-your-own-transport.md");

/// Every file that the page shows.
const FILES: [(&str, &str); 7] = [
    ("conformance.rs", include_str!("conformance.rs")),
    ("framing.rs", include_str!("../src/framing.rs")),
    ("limited.rs", include_str!("../src/limited.rs")),
    ("request.rs", include_str!("../src/request.rs")),
    ("step1.rs", include_str!("../src/step1.rs")),
    ("step2.rs", include_str!("../src/step2.rs")),
    ("step3.rs", include_str!("../src/step3.rs")),
];

#[test]
fn the_page_shows_every_line_of_every_file() {
    let mut shown: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, code) in blocks("rust ") {
        shown.entry(name).or_default().push(code);
    }
    let shown: Vec<_> = shown.iter().map(|(name, code)| (*name, code.join("\n"))).collect();
    let files = FILES.map(|(name, code)| (name, code.to_owned()));
    assert_eq!(shown, files);
}

#[test]
fn each_step_fails_where_the_page_says_so_and_the_next_one_does_not() {
    let fails: BTreeMap<&str, Vec<&str>> =
        blocks("text fails ").map(|(step, ids)| (step, ids.lines().collect())).collect();
    assert_eq!(fails.keys().copied().collect::<Vec<_>>(), ["step1", "step2"]);
    for (step, ids) in fails {
        let next = if step == "step1" { "step2" } else { "step3" };
        assert_eq!(with(Status::Fail, &run(step, &ids, HANGS)), sorted(&ids), "{step}");
        assert_eq!(with(Status::Pass, &run(next, &ids, 1.0)), sorted(&ids), "{next}");
    }
}

#[test]
fn the_report_on_the_page_is_what_the_suite_says() {
    let [(told, page)] = blocks("text report ").collect::<Vec<_>>()[..] else { panic!("one") };
    let (step, id) = told.split_once(' ').unwrap();
    let report = run(step, &[id], HANGS).results[0].to_string();
    let mut lines = report.lines().map(timeless);
    for line in page.lines().filter(|line| !line.ends_with('…')) {
        assert!(
            lines.any(|said| said == timeless(line)),
            "not said, or not there: {line}\n{report}"
        );
    }
}

/// A step's results, with all limits times `scale`.
fn run(step: &str, ids: &[&str], scale: f64) -> Report {
    let suite = Suite::new("acme-transport", "0").caps(Caps::LIMIT | Caps::TIMEOUT);
    let suite = match step {
        "step1" => suite.blocking(|_| Ok::<_, Infallible>(step1::AcmeTransport::default())),
        "step2" => suite.blocking(|_| Ok::<_, Infallible>(step2::AcmeTransport::default())),
        _ => suite
            .blocking(|env| Ok::<_, Infallible>(step3::AcmeTransport::new(env.connect_timeout()))),
    };
    let filter = Filter::all().exact().time_scale(scale);
    suite.run(&ids.iter().fold(filter, |filter, id| filter.name(*id)))
}

fn with(status: Status, report: &Report) -> Vec<&str> {
    let results = report.results.iter().filter(|result| result.status == status);
    sorted(&results.map(|result| result.id).collect::<Vec<_>>())
}

fn sorted<'a>(ids: &[&'a str]) -> Vec<&'a str> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}

/// A line of a report without the time in it.
fn timeless(line: &str) -> &str {
    match line.split_once(" ms ") {
        Some((_, rest)) if line.starts_with("  |") => rest,
        _ => line,
    }
}

/// What hangs is given up ten times as soon.
const HANGS: f64 = 0.1;

/// The page's blocks of this kind: what follows it in the line of the fence, and what is in the block.
fn blocks(kind: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let fence = format!("\n```{kind}");
    let mut starts: Vec<usize> =
        PAGE.match_indices(&fence).map(|(at, _)| at + fence.len()).collect();
    starts.sort_unstable();
    starts.into_iter().map(|start| {
        let (name, rest) = PAGE[start..].split_once('\n').unwrap();
        (name, &rest[..rest.find("```\n").unwrap()])
    })
}
