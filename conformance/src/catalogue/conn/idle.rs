//! Connections to which something happens between two requests.

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse};

use crate::caps::Caps;
use crate::case::{Case, Course};
use crate::catalogue::handed_up::{kept, not_reused, requests_by_connection, twice};
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Connection, Record, Step, answer, response};

pub(super) fn stale() -> Scenario {
    let ends = [
        ("ended", vec![Step::Close]),
        ("ended without close_notify", vec![Step::Cut]),
        ("reset", vec![Step::Reset]),
    ];
    let row = Scenario::must("conn/stale-idle-replaced")
        .why(
            "a connection that the server has ended while it was idle is not sent on, but replaced",
        )
        .rule("RFC 9112 section 9.5; HttpTransport contract 11")
        .needs(Caps::POOL)
        .at_once();
    let cases = ends.map(|(name, end)| {
        between(name, end, |stage| {
            Box::pin(async move {
                stage.send(Exchange::new(Want::ok(b"first"))).await?;
                stage.open(0);
                stage.until("the server ends the first connection", first_closed).await;
                stage.settle(first_left).await;
                stage.send(Exchange::new(Want::ok(b"own"))).await?;
                Ok(())
            })
        })
        .check(|seen, checks| {
            checks.equal("requests in all", seen.requests().len(), 2);
            requests_by_connection(seen, checks, &[1, 1]);
        })
    });
    cases.into_iter().fold(row, Scenario::case)
}

pub(super) fn unsolicited() -> Scenario {
    let answers = [
        ("408", "408 Request Timeout", "Connection: close\r\n"),
        ("400", "400 Bad Request", ""),
        ("200", "200 OK", ""),
    ];
    let row = Scenario::should("conn/unsolicited-408-not-consumed")
        .why("what a server says on an idle connection answers no request, least of all the next one")
        .rule("RFC 9112 section 9.2; RFC 9110 section 15.5.9")
        .needs(Caps::POOL)
        .at_once();
    let cases = answers.map(|(name, line, fields)| {
        let pushed = vec![Step::Write(response(line, fields, b"pushed")), Step::Close];
        between(name, pushed, |stage| {
            Box::pin(async move {
                stage.send(Exchange::new(Want::ok(b"first"))).await?;
                stage.open(0);
                stage.until("the server ends the first connection", first_closed).await;
                stage.settle(first_left).await;
                let mut accepted = Want::ok(b"own");
                accepted.push(Want::Fails(vec![Interrupted, InvalidResponse], Some(MaybeSent)));
                stage.send(Exchange::new(accepted)).await?;
                Ok(())
            })
        })
    });
    cases.into_iter().fold(row, Scenario::case)
}

pub(super) fn extra_bytes() -> Scenario {
    let row = Scenario::must("conn/extra-bytes-poison")
        .why("bytes after an answer belong to none: taken for the next one they would forge it")
        .rule("RFC 9112 sections 6.3 and 9.2; HttpTransport contract 11");
    let forged = response("200 OK", "", b"forged");
    let whole = response("200 OK", "", b"first");
    let firsts = [
        ("an answer", whole.clone(), forged.clone(), Want::ok(b"first")),
        (
            "an error",
            response("400 Bad Request", "", b"first"),
            response("400 Bad Request", "", b"forged"),
            vec![Want::Answer(400, b"first".to_vec())],
        ),
        ("no HTTP", whole, b"no HTTP".to_vec(), Want::ok(b"first")),
        (
            "after chunks",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n"
                .to_vec(),
            forged.clone(),
            Want::ok(b"first"),
        ),
        (
            "after no body",
            b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
            forged.clone(),
            vec![Want::Answer(204, Vec::new())],
        ),
    ];
    let cases = firsts.map(|(name, first, more, mut accepted)| {
        // That more came than was to come may be held against the answer.
        accepted.push(Want::Fails(vec![InvalidResponse], Some(MaybeSent)));
        twice(name, kept([first, more].concat()), accepted)
    });
    let later = between("later", vec![Step::Write(forged)], |stage| {
        Box::pin(async move {
            stage.send(Exchange::new(Want::ok(b"first"))).await?;
            stage.open(0);
            stage.settle(first_left).await;
            stage.send(Exchange::new(Want::ok(b"own"))).await?;
            Ok(())
        })
    });
    cases.into_iter().fold(row, Scenario::case).case(later.check(not_reused))
}

/// A first connection that answers, and when gate 0 opens does this; and more that answer.
fn between(name: &str, then: Vec<Step>, run: Course) -> Case {
    let mut first = answer(response("200 OK", "", b"first"));
    first.push(Step::Gate(0));
    first.extend(then);
    let own: Connection = answer(response("200 OK", "", b"own"));
    let told = "a send; gate 0 is opened; when the client has left, or after a while, another send";
    Case::course(name, vec![first, own.clone(), own], told, run)
}

fn first_left(records: &[Record]) -> bool {
    records.first().is_some_and(Record::left)
}

fn first_closed(records: &[Record]) -> bool {
    records.first().is_some_and(Record::closed)
}
