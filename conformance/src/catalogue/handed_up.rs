//! What the rows of several groups look at: the response that was handed up, and which connection
//! carried which request.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::check::Checks;
use crate::exchange::{Exchange, Outcome, Want};
use crate::server::{Certificate, Connection, Seen, Step, answer, response};

/// A name and its values, in order.
pub(super) type Field<'a> = (&'a str, &'a [&'a [u8]]);

/// The response to the `n`th send has these fields: all values, each name's in order, and no other name
/// but those of the framing, which the transport is done with.
pub(super) fn fields(seen: &Seen, checks: &mut Checks, n: usize, expected: &[Field<'_>]) {
    let Some(Ok(response)) = seen.outcomes.get(n) else { return };
    let mut actual = BTreeMap::<String, Vec<&[u8]>>::new();
    for (name, value) in response.headers() {
        if !FRAMING.contains(&name.as_str()) {
            actual.entry(name.as_str().to_owned()).or_default().push(value.as_bytes());
        }
    }
    let expected: BTreeMap<String, Vec<&[u8]>> =
        expected.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec())).collect();
    let passed = actual == expected;
    checks.must("fields", passed, listed(&expected), listed(&actual));
}

/// Each connection that carried a request carried so many.
pub(super) fn requests_by_connection(seen: &Seen, checks: &mut Checks, expected: &[usize]) {
    // A transport may connect ahead of need.
    let carried: Vec<usize> =
        seen.records.iter().map(|record| record.requests().len()).filter(|n| *n > 0).collect();
    checks.equal("requests on each connection", carried.as_slice(), expected);
}

/// Two sends; the second may not go to the connection of the first.
pub(super) fn twice(name: &str, first: Connection, accepted: Vec<Want>) -> Case {
    let own = response("200 OK", "", b"own");
    let second = Exchange::new(Want::ok(b"own"));
    Case::raw(name, vec![first, answer(own)], vec![Exchange::new(accepted), second])
        .check(not_reused)
}

/// The connection of the first answer is not used again.
pub(super) fn not_reused(seen: &Seen, checks: &mut Checks) {
    // A transport that refused the second request shows that in its outcome.
    if seen.outcomes.len() == 2 {
        requests_by_connection(seen, checks, &[1, 1]);
    }
}

/// What asks for errors alone asks for this too: refusing everything is no way out.
pub(super) fn sound() -> Case {
    let ok = response("200 OK", "X-A: 1\r\n", b"sound");
    Case::answer("a sound answer", answer(ok), Want::ok(b"sound"))
}

/// The same over TLS.
pub(super) fn sound_in_tls() -> Case {
    let ok = answer(response("200 OK", "X-A: 1\r\n", b"sound"));
    let script = std::iter::once(Step::Handshake(Certificate::Trusted)).chain(ok).collect();
    Case::answer("a sound answer", script, Want::ok(b"sound")).https()
}

/// A response was handed up, although an error is tolerated.
pub(super) fn should_be_taken(seen: &Seen, checks: &mut Checks) {
    let taken = seen.outcomes.iter().all(Outcome::is_ok);
    checks.should("taken", taken, "a response", kinds(seen));
}

/// An error was handed up, although a response is tolerated.
pub(super) fn should_fail(seen: &Seen, checks: &mut Checks) {
    let failed = seen.outcomes.iter().all(Outcome::is_err);
    checks.should("refused", failed, "an error", kinds(seen));
}

/// A connection that gives `first`, and would answer a second request too.
pub(super) fn kept(first: impl Into<Vec<u8>>) -> Vec<Step> {
    let mut steps = answer(first);
    steps.extend(answer(OTHER));
    steps
}

fn listed(fields: &BTreeMap<String, Vec<&[u8]>>) -> String {
    let lines = fields.iter().map(|(name, values)| {
        let shown: Vec<String> = values.iter().map(|value| cut(value)).collect();
        format!("{name}: [{}]", shown.join(" | "))
    });
    let mut listed = lines.collect::<Vec<_>>().join(", ");
    if listed.is_empty() {
        listed.push_str("no fields");
    }
    listed
}

fn cut(value: &[u8]) -> String {
    match value.get(..100) {
        Some(start) => format!("{}… ({} bytes)", start.escape_ascii(), value.len()),
        None => value.escape_ascii().to_string(),
    }
}

fn kinds(seen: &Seen) -> String {
    let kinds = seen.outcomes.iter().map(|outcome| match outcome {
        Ok(response) => response.status().as_u16().to_string(),
        Err(error) => format!("{:?}", error.kind()),
    });
    kinds.collect::<Vec<_>>().join(", ")
}

/// The answer on a connection that should not have been used.
const OTHER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother";

/// They tell where the body ends and what becomes of the connection.
const FRAMING: [&str; 5] =
    ["connection", "content-length", "keep-alive", "trailer", "transfer-encoding"];
