//! The group `cancel`: a future that is dropped is the end of its send.

use crate::caps::Caps;
use crate::case::Case;
use crate::catalogue::conn::complete;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Record, Step, answer, response};
use crate::stage::Stage;
use crate::subject::BoxError;

pub(crate) fn rows() -> Vec<Scenario> {
    vec![closes(), no_ghost()]
}

fn closes() -> Scenario {
    let row = Scenario::must("cancel/drop-closes-connection")
        .why("dropping the future closes its connection: the server must not go on for nobody")
        .rule("HttpTransport contract 12")
        .needs(Caps::CANCEL)
        .at_once();
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort".to_vec();
    let waits: [(&str, Connection); 4] = [
        ("before the head", vec![Step::Read]),
        (
            "after an interim answer",
            vec![Step::Read, Step::Write(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())],
        ),
        ("in the head", vec![Step::Read, Step::Write(b"HTTP/1.1 200 OK\r\n".to_vec())]),
        ("in the body", vec![Step::Read, Step::Write(half)]),
    ];
    let cases = waits.map(|(name, first)| {
        Case::course(name, vec![first, own()], DROPPED, |stage| {
            Box::pin(async move {
                let sending = stage.start(Exchange::new(Vec::new()))?;
                stage.until("the request comes", |records| complete(records) == 1).await;
                stage.settle(|_| false).await;
                stage.drop_sending(sending).await;
                let left = |records: &[Record]| records.first().is_some_and(Record::ended);
                stage.until("the connection is closed by the client", left).await;
                stage.send(Exchange::new(Want::ok(b"own"))).await?;
                Ok(())
            })
        })
        .check(|seen, checks| checks.equal("requests in all", seen.requests().len(), 2))
    });
    let held = vec![Step::Read, Step::Gate(0), Step::Write(response("200 OK", "", b"own"))];
    let mut used = answer(response("200 OK", "", b"first"));
    used.extend(held.clone());
    let used = Case::course(
        "on a connection used before",
        vec![used, held.clone(), held.clone(), held],
        "a send; another, which is dropped when its request is there; then gate 0 is opened; a third",
        |stage| {
            Box::pin(async move {
                stage.send(Exchange::new(Want::ok(b"first"))).await?;
                let sending = stage.start(Exchange::new(Vec::new()))?;
                stage.until("the request comes", |records| complete(records) == 2).await;
                let on = stage.records().iter().rposition(|r| !r.requests().is_empty());
                stage.drop_sending(sending).await;
                let left = |records: &[Record]| {
                    on.and_then(|on| records.get(on)).is_some_and(Record::ended)
                };
                stage.until("the connection is closed by the client", left).await;
                stage.open(0);
                stage.send(Exchange::new(Want::ok(b"own"))).await?;
                Ok(())
            })
        },
    );
    cases.into_iter().fold(row, Scenario::case).case(used)
}

fn no_ghost() -> Scenario {
    let held = |gate| vec![Step::Gate(gate), Step::Handshake(Certificate::Trusted)];
    let mut first = held(0);
    first.extend(answer(response("200 OK", "", b"ghost")));
    let mut next = vec![Step::Handshake(Certificate::Trusted)];
    next.extend(own());
    let handshake = Case::course(
        "in the handshake",
        vec![first, next.clone(), next],
        "a send, dropped while its handshake is held up by gate 0; then the gate is opened; another send",
        |stage| {
            Box::pin(async move {
                let sending = stage.start(Exchange::new(Vec::new()))?;
                stage.until("a connection is made", |records| !records.is_empty()).await;
                stage.drop_sending(sending).await;
                stage.open(0);
                stage.settle(|records| complete(records) > 0).await;
                stage.checks.equal("requests of the dropped send", complete(&stage.records()), 0);
                let accepted = [Want::ok(b"own"), Want::ok(b"ghost")].concat();
                stage.send(Exchange::new(accepted)).await?;
                Ok(())
            })
        },
    )
    .https()
    .check(|seen, checks| checks.equal("requests in all", seen.requests().len(), 1));
    let first = Step::Write(response("200 OK", "", b"first"));
    let mut waits = vec![Step::Read, Step::Gate(0), first];
    waits.extend(own());
    let busy = Case::course(
        "behind one that waits",
        vec![waits, gated(1), own()],
        "a send that is held up by gate 0; meanwhile another, whose future is polled once and dropped; then \
         the gate is opened, and gate 1; a third",
        |stage| {
            Box::pin(async move {
                let one = stage.start(Exchange::new(Want::ok(b"first")))?;
                stage.until("the first request comes", |records| complete(records) == 1).await;
                let sent = poll_once(stage, 1).await?;
                stage.open(0);
                stage.open(1);
                stage.end(one).await;
                third(stage, sent).await
            })
        },
    );
    Scenario::must("cancel/no-ghost-request")
        .why("a send that is dropped before it is sent stays unsent: a late stop could hit another job")
        .rule("HttpTransport contracts 1 and 12")
        .needs(Caps::CANCEL)
        .revised(2)
        .at_once()
        .case(Case::course(
            "polled once",
            vec![gated(0), gated(0)],
            "a future that is polled once and dropped; then gate 0 is opened; a send",
            |stage| {
                Box::pin(async move {
                    let sent = poll_once(stage, 0).await?;
                    stage.open(0);
                    third(stage, sent).await
                })
            },
        ))
        .case(busy)
        .case(handshake)
}

/// A send that is polled once and dropped, while so many others wait for their answers. How many requests
/// have come then.
///
/// One poll can be enough to connect and send, on loopback. What was sent so is no ghost: its connection is
/// closed as the future is dropped. A ghost waits for its answer, which a gate holds up.
async fn poll_once(stage: &mut Stage, others: usize) -> Result<usize, BoxError> {
    stage.poll_once(&Exchange::new(Vec::new())).await?;
    stage.settle(|records| complete(records) > others).await;
    stage.settle(|records| waited_for(records) == others).await;
    let records = stage.records();
    stage.checks.equal("requests that are waited for", waited_for(&records), others);
    Ok(complete(&records))
}

/// A send after those of which so many requests have come.
async fn third(stage: &mut Stage, sent: usize) -> Result<(), BoxError> {
    stage.send(Exchange::new(Want::ok(b"own"))).await?;
    stage.settle(|records| complete(records) > sent + 1).await;
    let all = complete(&stage.records());
    stage.checks.equal("requests after the drop", all.saturating_sub(sent), 1);
    Ok(())
}

/// Requests whose connections the client has not closed.
fn waited_for(records: &[Record]) -> usize {
    let open = records.iter().filter(|record| !record.ended());
    open.flat_map(Record::requests).filter(|request| request.complete).count()
}

fn gated(gate: usize) -> Connection {
    vec![Step::Read, Step::Gate(gate), Step::Write(response("200 OK", "", b"own"))]
}

fn own() -> Connection {
    answer(response("200 OK", "", b"own"))
}

const DROPPED: &str =
    "a send, dropped when its request is there; when its connection is closed, another";
