//! What must hold in every scenario, whatever it is about: the checks `global/G1` to `global/G8`. G5 (no
//! panic) and G6 (returns in time) are made where they show.

use kendra_sync_core::Delivery;

use crate::canary::Canaries;
use crate::check::Checks;
use crate::server::Seen;

/// G2, as soon as the error is there: how many bytes had come before the send, and after it.
pub(crate) fn delivery(said: Option<Delivery>, before: usize, after: usize, checks: &mut Checks) {
    if said == Some(Delivery::NotSent) {
        let arrived = after - before;
        let expected = "NotSent only if no byte of the request arrived";
        checks.must("global/G2", arrived == 0, expected, format_args!("{arrived} bytes arrived"));
    }
}

/// Once all is over. `deliveries` has one for each send, none where it did not fail; `closed` is none
/// after a send that hangs: it has the transport still.
pub(crate) fn check(
    seen: &Seen,
    deliveries: &[Option<Delivery>],
    closed: Option<bool>,
    canaries: &Canaries,
    checks: &mut Checks,
) {
    let sends = deliveries.len();
    let complete = seen.requests().iter().filter(|request| request.complete).count();
    let expected = format!("at most one request for each send: {sends}");
    checks.must("global/G1", complete <= sends, expected, format_args!("{complete} requests"));

    let received: usize = seen.records.iter().map(|record| record.received().len()).sum();
    let said_of_all = |delivery| sends > 0 && deliveries.iter().all(|d| *d == Some(delivery));
    if said_of_all(Delivery::NotSent) {
        let expected = "NotSent only if no byte of the request arrived";
        checks.must("global/G2", received == 0, expected, format_args!("{received} bytes arrived"));
    }
    if said_of_all(Delivery::MaybeSent) {
        let connected = !seen.records.is_empty();
        let actual = if connected { "one was made" } else { "none was made" };
        checks.should("global/G3", connected, "MaybeSent only where a connection was made", actual);
    }
    let found = seen.said.iter().find_map(|text| canaries.found(text));
    let actual = if found.is_some() { "a stretch of one is in it" } else { "none" };
    checks.must("global/G4", found.is_none(), "no secret in an error or its causes", actual);
    let tripped = seen.tripped;
    let expected = "no connection to anywhere else";
    checks.must("global/G7", tripped == 0, expected, format_args!("{tripped} connections"));
    if let Some(closed) = closed {
        let expected = "sockets close within 2 s after the transport is dropped";
        let actual = if closed { "they did" } else { "some stayed open" };
        checks.must("global/G8", closed, expected, actual);
    }
}

/// Everything that an error says: its text and `Debug`, and those of its causes.
pub(crate) fn said(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        texts.extend([format!("{error}"), format!("{error:?}"), format!("{error:#?}")]);
        next = error.source();
    }
    texts
}

#[cfg(test)]
mod tests;
