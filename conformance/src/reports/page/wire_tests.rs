//! What the page tells of a failure: its checks, and what went over the wire.

use std::time::Duration;

use super::super::document::{ConnectionRow, WireFiles};
use super::super::samples::sample;
use super::super::wire_files;
use super::*;
use crate::canary::{self, Canaries};
use crate::check::Check;
use crate::scenario::Level;
use crate::server::{Event, Record, What};
use crate::wire::Connection;

/// The row that failed.
fn failed() -> Row {
    let rows = sample(false).results;
    rows.into_iter().find(|row| row.status == Word::Fail).unwrap()
}

/// A connection to the server of this number, on which this was sent both ways and the server closed.
fn connection(case: &str, server: u8, bytes: &[u8]) -> Connection {
    let whats = [
        What::Received(bytes.to_vec()),
        What::Sent(bytes.to_vec()),
        What::Closes("server: closes"),
    ];
    let events = whats.map(|what| Event { at: Duration::from_millis(2), what }).to_vec();
    let record = Record { accepted: Duration::from_millis(1), events };
    Connection::new(case, server, &record, &Canaries::new([]))
}

fn shown(connections: Vec<ConnectionRow>, root: &Path) -> String {
    result::details(0, &Row { connections, ..failed() }, root)
}

fn plain(n: usize, of: &Connection) -> ConnectionRow {
    ConnectionRow::new(n, of, None, true)
}

#[test]
fn what_happened_on_a_connection_is_told_line_by_line() {
    let root = Path::new("/nonexistent");
    assert!(shown(Vec::new(), root).contains("<p>No connection was seen.</p>"));
    let page = shown(vec![plain(7, &connection("a case", 2, b"ping"))], root);
    for part in [
        "<details open><summary>Connection 7, case “a case”, to the second server <span",
        "4 bytes from the client, 4 from the server; the server ended it first",
        "<td class=\"at\">client →</td><td class=\"said\">ping</td>",
        "<td class=\"at\">← server</td><td class=\"said\">ping</td>",
        "<td class=\"at\">2.0</td><td class=\"at\"></td><td class=\"said\">server: closes</td>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("more events") && !page.contains("No connection"), "{page}");
    assert!(!page.contains("that are not shown"), "{page}");
    let page = shown(vec![plain(1, &connection("", 1, b"ping"))], root);
    assert!(page.contains("<summary>Connection 1 <span"), "{page}");

    let mut long = plain(1, &connection("", 1, b"ping"));
    long.timeline = long.timeline.iter().cycle().take(42).cloned().collect();
    let page = shown(vec![long], root);
    assert!(page.contains("And 2 more events"), "{page}");
    assert_eq!(page.matches("<td class=\"said\">").count(), 40);
}

#[test]
fn the_connections_of_the_case_that_failed_come_first_and_only_the_first_is_open() {
    let mut row = failed();
    row.checks[0].name = "second: outcome".to_owned();
    let of = |case: &str, n| plain(n, &connection(case, 1, b"ping"));
    row.connections = vec![of("first", 1), of("second", 2), of("second", 3)];
    let page = result::details(0, &row, Path::new("/nonexistent"));
    assert_eq!(page.matches("<details open>").count(), 1, "{page}");
    assert!(page.contains("<details open><summary>Connection 2,"), "{page}");
    assert!(page.contains("<details><summary>Connection 3,"), "{page}");
    assert!(!page.contains("<summary>Connection 1"), "{page}");
    assert!(page.contains("too many: 1. report.json has them."), "{page}");
}

#[test]
fn bytes_that_are_kept_are_shown_and_where_there_are_more_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let kept = |n: usize, bytes: &[u8]| {
        let connection = connection("", 1, bytes);
        let files = wire_files::write(root, "v", "framing/cl-invalid", n, &connection).unwrap();
        (ConnectionRow::new(n, &connection, Some(files.clone()), true), files)
    };
    let (row, files) = kept(1, b"ping");
    let page = shown(vec![row], root);
    assert!(page.contains("<h5>From the client</h5>") && page.contains("70 69 6e 67"), "{page}");
    assert!(!page.contains("cannot be read") && !page.contains("has more"), "{page}");
    let text = std::fs::read_to_string(root.join(&files.text)).unwrap();
    assert!(text.starts_with("framing/cl-invalid (v)\nserver 1, accepted at 1.0 ms\n"), "{text}");
    assert!(text.contains("> ping") && !text.contains("in the file beside"), "{text}");

    let long = [canary::TOKEN.as_bytes(), &vec![b'x'; 300 * 1024]].concat();
    let (row, files) = kept(2, &long);
    let (masked, sent) = (files.masked_in.clone(), files.sent.clone());
    assert_eq!(masked, [(0, canary::TOKEN.len())]);
    let page = shown(vec![row], root);
    let more = format!("The first 4096 of {} bytes; {sent} has more.", long.len());
    assert!(page.contains(&more), "{page}");
    let text = std::fs::read_to_string(root.join(&files.text)).unwrap();
    let begin = format!("of the {} bytes from the server the first 262144 are", long.len());
    assert!(text.contains(&begin), "{text}");

    let (mut row, _) = kept(3, b"");
    assert!(shown(vec![row.clone()], root).contains("<p>None.</p>"));
    let gone = WireFiles { received: "wire/gone".to_owned(), ..row.wire.unwrap() };
    row.wire = Some(gone);
    assert!(shown(vec![row], root).contains("<p>wire/gone cannot be read: "));
}

#[test]
fn of_many_checks_that_failed_three_are_shown_at_once() {
    let page = |count: usize| {
        let mut row = failed();
        let check = |n: usize| Check {
            name: format!("check {n}"),
            level: Level::Must,
            passed: false,
            expected: "this".to_owned(),
            actual: "that".to_owned(),
        };
        row.checks = (0..count).map(check).collect();
        result::details(0, &row, Path::new("/nonexistent"))
    };
    let more = "<p class=\"quiet\">And more: report.json has them.</p>";
    for (count, shown, hidden, and_more) in [
        (1, 1, None, false),
        (3, 3, None, false),
        (4, 4, Some(1), false),
        (20, 20, Some(17), false),
        (21, 20, Some(18), true),
    ] {
        let page = page(count);
        assert_eq!(page.matches("<strong>check ").count(), shown, "{page}");
        let told = hidden.map(|hidden| format!("<summary>{hidden} more that failed</summary>"));
        assert_eq!(page.contains(" more that failed"), told.is_some(), "{page}");
        assert!(told.is_none_or(|told| page.contains(&told)), "{page}");
        assert_eq!(page.contains(more), and_more, "{page}");
        assert!(!page.contains("Checks that held"), "{page}");
    }
    let held = result::details(0, &failed(), Path::new("/nonexistent"));
    let told =
        "<details><summary>Checks that held: 1</summary>\n<ul><li>global/G1</li></ul></details>";
    assert!(held.contains(told), "{held}");
}
