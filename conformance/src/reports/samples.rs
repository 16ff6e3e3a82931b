//! Documents for the tests of what is made from them.

use time::OffsetDateTime;

use super::document::{Declared, Document, Head, Row, Word, scenario};
use crate::caps::Caps;
use crate::check::Check;
use crate::report::{Report, digest};
use crate::scenario::Level;

/// One result of each status for a variant, and a scenario that broke for another.
pub(super) fn sample(strict: bool) -> Document {
    let rows = [
        ("default", "status/success-200-empty", Word::Pass),
        ("default", "status/access-denied-400", Word::Pass),
        ("default", "status/unusual-codes-pass", Word::Warn),
        ("default", "framing/chunk-size-bad", Word::Known),
        ("default", "framing/cl-short-truncated", Word::Fail),
        ("default", "framing/te-and-cl", Word::Na),
        ("default", "tls/untrusted-ca", Word::Skip),
        ("other", "status/html-503", Word::Error),
    ];
    let rows = rows.map(|(variant, id, status)| row(variant, id, status, "a body, short"));
    document(strict, rows.to_vec())
}

/// A failure of which the server has said this.
pub(super) fn hostile(said: &str) -> Document {
    document(false, vec![row("default", "framing/cl-short-truncated", Word::Fail, said)])
}

/// The whole catalogue passed for a variant, but for what it does not claim; nothing was run for the other.
pub(super) fn passed() -> Document {
    let claimed = |caps: Caps| Caps::POOL.contains(caps);
    let rows = crate::catalogue().iter().map(|scenario| {
        let word = if claimed(scenario.caps()) { Word::Pass } else { Word::Skip };
        row("default", scenario.id(), word, "a body")
    });
    document(false, rows.collect())
}

fn document(strict: bool, rows: Vec<Row>) -> Document {
    let (time_scale, started) = (1.0, OffsetDateTime::UNIX_EPOCH);
    let digest = digest(crate::catalogue());
    let (transport, version) = ("sample".to_owned(), "1.0".to_owned());
    let (variants, results) = (Vec::new(), Vec::new());
    let report =
        Report { transport, version, digest, strict, time_scale, started, variants, results };
    let variants = ["default", "other"].map(|name| Declared {
        name: name.to_owned(),
        kind: "async".to_owned(),
        scheme: "http".to_owned(),
        declared: vec!["pool".to_owned()],
    });
    Document::new(Head::new(&report, "1".to_owned()), variants.to_vec(), rows)
}

fn row(variant: &str, id: &str, status: Word, actual: &str) -> Row {
    let mut row = Row::unfinished(variant, scenario(id).unwrap());
    let reason = match status {
        Word::Known => Some("the parser takes a sign"),
        Word::Na => Some("no meaning"),
        Word::Skip => Some("capability tls is not declared"),
        Word::Error => Some("no port"),
        _ => None,
    };
    (row.status, row.reason) = (status, reason.map(str::to_owned));
    let check = |name: &str, passed| Check {
        name: name.to_owned(),
        level: Level::Must,
        passed,
        expected: "an error".to_owned(),
        actual: actual.to_owned(),
    };
    let passed = !matches!(status, Word::Fail | Word::Known | Word::Warn);
    row.checks = vec![check("outcome", passed), check("global/G1", true)];
    row.again = Some(format!("cargo test --test any -- --exact {variant}::{id}"));
    row
}
