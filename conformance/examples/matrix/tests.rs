use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use kendra_sync_conformance::{Filter, Suite, catalogue};
use tempfile::TempDir;

use crate::kept::{Catalogue, Kept, Outcome, Profile, Transport, Variant};
use crate::{all, check, page};

const EMPTY: &str = "status/success-200-empty";
const DENIED: &str = "status/access-denied-400";

fn current() -> String {
    Suite::new("", "").run(&Filter::all()).digest
}

fn outcome(variant: &str, id: &str, status: &str) -> Outcome {
    let (variant, id, status) = (variant.to_owned(), id.to_owned(), status.to_owned());
    Outcome { variant, id, status, reason: None }
}

fn known(variant: &str, id: &str, reason: &str) -> Outcome {
    Outcome { reason: Some(reason.to_owned()), ..outcome(variant, id, "known") }
}

fn variant(name: &str, verdict: &str, passed: usize) -> Variant {
    let profile = Profile { verdict: verdict.to_owned(), passed, applicable: 68 };
    let profiles = BTreeMap::from([("core".to_owned(), profile)]);
    Variant { name: name.to_owned(), declared: vec!["tls".to_owned()], profiles }
}

/// A run of the catalogue that is here.
fn run(name: &str, results: Vec<Outcome>) -> Kept {
    Kept {
        schema: "kendra-sync-conformance/1".to_owned(),
        catalogue: Catalogue { version: "1.2.3".to_owned(), digest: current() },
        transport: Transport { name: name.to_owned(), version: "4.5.6".to_owned() },
        started: "2026-11-25T03:37:38Z".to_owned(),
        variants: vec![variant("default", "conformant", 68)],
        results,
    }
}

fn of_hyper() -> Kept {
    let results = vec![outcome("default", EMPTY, "pass"), outcome("default", DENIED, "warn")];
    run("kendra-sync-hyper", results)
}

/// Where it is kept, and the file.
fn written(kept: &Kept) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    kept.write(directory.path()).unwrap();
    let file = directory.path().join(format!("{}.json", kept.transport.name));
    (directory, file)
}

fn told(outcome: Result<(), Box<dyn Error>>) -> Vec<String> {
    let text = outcome.unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    let [first, wrong @ .., more] = lines.as_slice() else { panic!("{text}") };
    assert_eq!(*first, "not current:");
    assert!(more.starts_with("docs/conformance.md, "), "{more}");
    wrong.iter().map(|line| (*line).to_owned()).collect()
}

/// What `check` says of a run that is kept as `of_hyper`, and is now as `change` makes it.
fn told_of(change: impl FnOnce(&mut Kept)) -> Vec<String> {
    let mut fresh = of_hyper();
    change(&mut fresh);
    let (_directory, file) = written(&fresh);
    let kept = [of_hyper()];
    told(check(&[file], &kept, &page::of(&kept)))
}

/// The line of `page` that begins with this cell.
fn line<'a>(page: &'a str, cell: &str) -> &'a str {
    let begin = format!("| {cell} |");
    let mut lines = page.lines().filter(|line| line.starts_with(&begin));
    let (found, more) = (lines.next(), lines.next());
    assert_eq!(more, None);
    found.unwrap_or_else(|| panic!("no line for {cell}"))
}

#[test]
fn a_run_like_the_one_that_is_kept_is_current_whenever_it_was() {
    let mut fresh = of_hyper();
    fresh.started = "2030-01-01T00:00:00Z".to_owned();
    let (_directory, file) = written(&fresh);
    let kept = [of_hyper()];
    check(&[file], &kept, &page::of(&kept)).unwrap();
}

#[test]
fn a_column_that_differs_is_not_current() {
    let differs = told_of(|fresh| fresh.results[0].status = "fail".to_owned());
    assert_eq!(differs, [format!("kendra-sync-hyper: default::{EMPTY} was pass, is fail now")]);
    let id = "status/html-503";
    let more = told_of(|fresh| fresh.results.push(outcome("default", id, "pass")));
    assert_eq!(more, [format!("kendra-sync-hyper: default::{id} was missing, is pass now")]);
    let fewer = told_of(|fresh| drop(fresh.results.pop()));
    assert_eq!(fewer, ["kendra-sync-hyper: there are fewer results now"]);
    let version = told_of(|fresh| fresh.transport.version = "5.0.0".to_owned());
    assert_eq!(version, ["kendra-sync-hyper: its version is 5.0.0 now"]);
    let others = ["kendra-sync-hyper: variants, capabilities or verdicts are others now"];
    assert_eq!(told_of(|fresh| fresh.variants[0].declared.clear()), others);
    let verdict = told_of(|fresh| fresh.variants = vec![variant("default", "incomplete", 67)]);
    assert_eq!(verdict, others);
}

#[test]
fn a_column_of_another_catalogue_is_not_current() {
    let stale = ["kendra-sync-hyper: it was run with another catalogue"];
    assert_eq!(told_of(|fresh| fresh.catalogue.digest = "0".repeat(64)), stale);
    assert_eq!(told_of(|fresh| fresh.catalogue.version = "2.0.0".to_owned()), stale);
}

#[test]
fn a_transport_that_is_not_kept_is_not_current() {
    let (_directory, file) = written(&run("kendra-sync-blocking", Vec::new()));
    let kept = [of_hyper()];
    let missing = told(check(&[file], &kept, &page::of(&kept)));
    assert_eq!(missing, ["kendra-sync-blocking: is not in conformance/matrix"]);
}

#[test]
fn a_page_that_is_another_is_not_current() {
    let kept = [of_hyper()];
    let edited = page::of(&kept).replace("| warn |\n", "| pass |\n");
    let wrong = told(check(&[], &kept, &edited));
    assert_eq!(wrong, ["docs/conformance-matrix.md: is not what conformance/matrix makes"]);
}

#[test]
fn a_report_that_is_missing_or_none_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.json");
    let read = || check(std::slice::from_ref(&file), &[], &page::of(&[])).unwrap_err().to_string();
    let named = format!("{}: ", file.display());
    assert!(read().starts_with(&named), "{}", read());
    std::fs::write(&file, "{}").unwrap();
    assert!(read().starts_with(&named), "{}", read());
    let mut other = of_hyper();
    other.schema = "another/1".to_owned();
    other.write(directory.path()).unwrap();
    std::fs::rename(directory.path().join("kendra-sync-hyper.json"), &file).unwrap();
    assert_eq!(read(), format!("{named}the schema is not kendra-sync-conformance/1"));
}

#[test]
fn what_is_kept_comes_back_own_transports_first() {
    let directory = tempfile::tempdir().unwrap();
    let names = ["attohttpc", "Z/other", "kendra-sync-blocking Offload", "kendra-sync-hyper"];
    for name in names {
        run(name, of_hyper().results).write(directory.path()).unwrap();
    }
    std::fs::write(directory.path().join("README.md"), "not a report").unwrap();
    let kept = all(directory.path()).unwrap();
    let order: Vec<&str> = kept.iter().map(|kept| kept.transport.name.as_str()).collect();
    assert_eq!(
        order,
        ["kendra-sync-hyper", "kendra-sync-blocking Offload", "Z/other", "attohttpc"]
    );
    for kept in &kept {
        let sent = run(&kept.transport.name, of_hyper().results);
        assert_eq!(sent.compare(kept), [""; 0]);
        assert_eq!(kept.started, sent.started);
    }
}

#[test]
fn reasons_are_kept_of_known_failures_alone() {
    let mut results = vec![known("default", EMPTY, "a reason")];
    results.push(Outcome {
        reason: Some("needs tls".to_owned()),
        ..outcome("default", DENIED, "skip")
    });
    let (_directory, file) = written(&run("attohttpc", results));
    let kept = Kept::read(&file).unwrap();
    let reasons: Vec<Option<&str>> = kept.results.iter().map(|o| o.reason.as_deref()).collect();
    assert_eq!(reasons, [Some("a reason"), None]);
}

#[test]
fn every_scenario_has_a_row_with_a_cell_for_each_transport() {
    let page = page::of(&[of_hyper(), run("attohttpc", vec![outcome("default", EMPTY, "skip")])]);
    for scenario in catalogue() {
        let row = line(&page, &format!("`{}` {}", scenario.id(), scenario.level()));
        let cells = match scenario.id() {
            EMPTY => "| pass | skip |",
            DENIED => "| warn | not run |",
            _ => "| not run | not run |",
        };
        assert!(row.ends_with(cells), "{row}");
        let heading = format!("\n## {}\n\n| scenario | hyper | attohttpc |\n", scenario.group());
        assert_eq!(page.matches(&heading).count(), 1, "{heading}");
    }
    assert_eq!(line(&page, "version"), "| version | 4.5.6 | 4.5.6 |");
    assert_eq!(line(&page, "run on"), "| run on | 2026-11-25 | 2026-11-25 |");
}

#[test]
fn a_cell_is_the_worst_of_all_variants_and_names_them_where_others_did_better() {
    let cell = |statuses: &[(&str, &str)]| {
        let results = statuses.iter().map(|(variant, status)| outcome(variant, EMPTY, status));
        let page = page::of(&[run("attohttpc", results.collect())]);
        let row = line(&page, &format!("`{EMPTY}` must")).to_owned();
        row.trim_end_matches(" |").rsplit_once("| ").unwrap().1.to_owned()
    };
    assert_eq!(cell(&[("a", "pass"), ("b", "fail"), ("c", "error")]), "error (c)");
    assert_eq!(cell(&[("a", "pass"), ("b", "fail"), ("c", "fail")]), "fail (b, c)");
    assert_eq!(cell(&[("a", "fail"), ("b", "fail")]), "fail");
    assert_eq!(cell(&[("a", "known"), ("b", "warn")]), "known (a)");
    // What was not run did no better.
    assert_eq!(cell(&[("a", "warn"), ("b", "skip"), ("c", "na")]), "warn");
    assert_eq!(cell(&[("a", "skip"), ("b", "pass")]), "pass");
    assert_eq!(cell(&[("a|b", "fail"), ("c", "pass")]), "fail (a\\|b)");
}

#[test]
fn a_run_of_another_catalogue_is_marked_stale() {
    let mut stale = run("attohttpc", Vec::new());
    stale.catalogue = Catalogue { version: "1.0.0".to_owned(), digest: "0".repeat(64) };
    let page = page::of(&[of_hyper(), stale]);
    let expected =
        format!("| catalogue | 1.2.3, `{}` | 1.0.0, `000000000000`, **stale** |", &current()[..12]);
    assert_eq!(line(&page, "catalogue"), expected);
}

#[test]
fn a_verdict_is_the_worst_of_the_variants_that_claim_it() {
    let mut several = run("attohttpc", Vec::new());
    several.variants = vec![
        variant("a", "conformant", 68),
        variant("b", "not-conformant", 60),
        variant("c", "not-claimed", 0),
        variant("d", "incomplete", 61),
    ];
    let mut none = run("minreq", Vec::new());
    none.variants = vec![variant("a", "not-claimed", 0)];
    let page = page::of(&[of_hyper(), several, none]);
    let core = "| **core** | conformant 68/68 | not-conformant 60/68 | – |";
    assert_eq!(line(&page, "**core**"), core);
    assert_eq!(line(&page, "**tls**"), "| **tls** | – | – | – |");
}

#[test]
fn known_failures_stand_below_each_reason_once_in_the_catalogues_order() {
    let results = vec![
        known("default", DENIED, "second"),
        known("default", EMPTY, "first"),
        known("default-https", EMPTY, "first"),
        known("pooled", EMPTY, "another"),
    ];
    let page = page::of(&[of_hyper(), run("attohttpc", results)]);
    let (_, below) = page.split_once("\n# Known failures\n").unwrap();
    let list = format!(
        "\n## attohttpc 4.5.6\n\n- `{EMPTY}`: first\n- `{EMPTY}`: another\n- `{DENIED}`: second\n"
    );
    assert!(below.ends_with(&format!("file beside the transport says.\n{list}")), "{below}");
}
