//! The group `conn`: which request goes over which connection.

use std::time::{Duration, Instant};

use kendra_sync_core::Delivery::{MaybeSent, NotSent};
use kendra_sync_core::TransportErrorKind::{Connect, Interrupted};

use super::handed_up::{requests_by_connection, twice};
use crate::caps::Caps;
use crate::case::{Case, Child};
use crate::exchange::{Exchange, Limit, Origin, Want};
use crate::process::open_files;
use crate::scenario::Scenario;
use crate::server::{Connection, Record, Step, answer, answer_and_close, answers, response};

mod idle;
mod origins;

pub(crate) fn rows() -> Vec<Scenario> {
    vec![
        reuse(),
        close_honoured(),
        idle::stale(),
        not_resent(
            "conn/reset-on-reused-not-resent",
            "a connection that was used before and is reset under a request: it may have been read",
            Step::Reset,
        ),
        not_resent(
            "conn/eof-on-reused-not-resent",
            "a connection that was used before and ends under a request: it may have been read",
            Step::Close,
        ),
        idle::unsolicited(),
        idle::extra_bytes(),
        origins::not_shared(),
        no_pipelining(),
        leaks(),
        refused(),
        nameless(),
    ]
}

fn reuse() -> Scenario {
    let row = Scenario::should("conn/keep-alive-reuse")
        .why("a connection whose answer is whole, whatever its status, serves the next request")
        .rule("RFC 9112 section 9.3; HttpTransport contract 11")
        .needs(Caps::POOL);
    let chunked = |line: &str| {
        let head = format!("HTTP/1.1 {line}\r\nTransfer-Encoding: chunked\r\n\r\n");
        format!("{head}2\r\n{{}}\r\n0\r\n\r\n").into_bytes()
    };
    let long = vec![b'l'; 300_000];
    let answers: [(&str, [Vec<u8>; 4]); 4] = [
        ("lengths", STATUSES.map(|line| response(line, "", b"{}"))),
        ("chunks", STATUSES.map(chunked)),
        ("long bodies", STATUSES.map(|line| response(line, "", &long))),
        (
            "no bodies",
            [
                response("400 Bad Request", "", b""),
                b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
                b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".to_vec(),
                response("200 OK", "Connection: keep-alive\r\n", b""),
            ],
        ),
    ];
    let cases = answers.map(|(name, answers)| {
        let on_one: Connection = answers.into_iter().flat_map(answer).collect();
        // What does not use the first one again gets its answers all the same.
        let connections = vec![on_one; 4];
        let told = "four sends, each a little after the last";
        Case::course(name, connections, told, |stage| {
            Box::pin(async move {
                for _ in 0..4 {
                    stage.send(Exchange::new(Vec::new())).await?;
                    stage.rest().await;
                }
                Ok(())
            })
        })
        .check(|seen, checks| {
            let statuses = seen.outcomes.iter().flatten().count();
            checks.equal("answers", statuses, 4);
            requests_by_connection(seen, checks, &[4]);
        })
    });
    cases.into_iter().fold(row, Scenario::case)
}

const STATUSES: [&str; 4] = ["400 Bad Request", "500 Internal Server Error", "200 OK", "200 OK"];

fn close_honoured() -> Scenario {
    let row = Scenario::must("conn/connection-close-honoured")
        .why("a server that says close will not answer again there, though the socket stays open")
        .rule("RFC 9112 section 9.6; HttpTransport contract 11");
    let heads = [
        ("close", "200 OK", "Connection: close\r\n"),
        ("other letters", "200 OK", "CONNECTION: Close\r\n"),
        ("in a list", "200 OK", "Connection: x-a, close\r\nX-A: 1\r\n"),
        ("on a second line", "200 OK", "Connection: x-a\r\nConnection: close\r\nX-A: 1\r\n"),
        ("beside keep-alive", "200 OK", "Connection: keep-alive, close\r\n"),
        ("of an error", "400 Bad Request", "Connection: close\r\n"),
        ("of a server's error", "503 Service Unavailable", "Connection: close\r\n"),
    ];
    let cases = heads.map(|(name, line, fields)| {
        let status = line.get(..3).and_then(|status| status.parse().ok()).unwrap_or_default();
        let first = super::handed_up::kept(response(line, fields, b"first"));
        twice(name, first, vec![Want::Answer(status, b"first".to_vec())])
    });
    let chunked = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
        5\r\nfirst\r\n0\r\n\r\n";
    let bare = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    cases
        .into_iter()
        .fold(row, Scenario::case)
        .case(twice("after chunks", super::handed_up::kept(chunked), Want::ok(b"first")))
        .case(twice(
            "without a body",
            super::handed_up::kept(bare),
            vec![Want::Answer(204, Vec::new())],
        ))
}

fn not_resent(id: &'static str, why: &'static str, end: Step) -> Scenario {
    let row = Scenario::must(id)
        .why(why)
        .rule("RFC 9110 section 9.2.2; RFC 9112 section 9.3.1; HttpTransport contracts 1 and 9")
        .revised(2)
        .needs(Caps::POOL);
    let resent = || answer(response("200 OK", "", b"resent"));
    let firsts = [("after a 200", "200 OK", 200), ("after a 500", "500 Oops", 500)];
    let cases = firsts.map(|(name, line, status)| {
        let mut first = answer(response(line, "", b"first"));
        first.extend([Step::Read, end.clone()]);
        let connections = vec![first, resent(), resent()];
        let exchanges = vec![
            Exchange::new(vec![Want::Answer(status, b"first".to_vec())]),
            Exchange::new(Want::fails(&[Interrupted], MaybeSent)),
        ];
        Case::raw(name, connections, exchanges)
            .check(|seen, checks| checks.equal("requests in all", seen.requests().len(), 2))
    });
    let mut often = answers(response("200 OK", "", b"first"), 5);
    often.extend([Step::Read, end]);
    let mut exchanges = vec![Exchange::new(Want::ok(b"first")); 5];
    exchanges.push(Exchange::new(Want::fails(&[Interrupted], MaybeSent)));
    let often = Case::raw("after five answers", vec![often, resent(), resent()], exchanges)
        .check(|seen, checks| checks.equal("requests in all", seen.requests().len(), 6));
    cases.into_iter().fold(row, Scenario::case).case(often)
}

fn no_pipelining() -> Scenario {
    let mut first = vec![Step::Read, Step::Gate(0)];
    first.push(Step::Write(response("200 OK", "", b"first")));
    first.extend(answer(response("200 OK", "", b"second")));
    Scenario::must("conn/no-pipelining")
        .why("a request sent behind one that waits would be lost with it, and may be stopped by it")
        .rule("RFC 9112 section 9.3.2; HttpTransport contract 1")
        .case(Case::course(
            "",
            vec![first, answer(response("200 OK", "", b"second"))],
            "a send; when its request is there, another; then, once that one is elsewhere or waits, \
             gate 0 is opened",
            |stage| {
                Box::pin(async move {
                    let one = stage.start(Exchange::new(Want::ok(b"first")))?;
                    stage.until("the first request comes", |r| complete(r) == 1).await;
                    let two = stage.start(Exchange::new(Want::ok(b"second")))?;
                    stage.settle(|records| complete(records) == 2).await;
                    let received = stage.records().first().map(Record::received);
                    let requests = stage.records().first().map(|record| record.requests().len());
                    let expected = "one request and nothing else before its answer";
                    let actual = format!("{} bytes", received.unwrap_or_default().len());
                    stage.checks.must("first connection", requests == Some(1), expected, actual);
                    stage.open(0);
                    stage.end(one).await;
                    stage.end(two).await;
                    Ok(())
                })
            },
        ))
}

fn leaks() -> Scenario {
    let four_hundred = response("400 Bad Request", "", b"{}");
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort";
    let mut both = answer(four_hundred);
    both.extend(answer_and_close(*short));
    let kinds = [both, vec![Step::Read], answer_and_close(*short)];
    Scenario::should("conn/fd-leak-bounded")
        .why("each connection that failed is closed at once, so that a long life runs out of none")
        .rule("HttpTransport contracts 11 and 12")
        .case(
            Case::course(
                "",
                kinds.into_iter().cycle().take(400).collect(),
                "200 sends, of which some are answered, some are cut short and some time out; files that \
                 are open are counted after 20 and at the end",
                |stage| {
                    Box::pin(async move {
                        let limit = Limit::Scaled(Duration::from_millis(30));
                        let mut first = 0;
                        for number in 0..200 {
                            if number == 20 {
                                first = open_files()?;
                            }
                            let exchange = Exchange::new(Vec::new()).limit(limit);
                            let sending = stage.start(exchange)?;
                            if !stage.end(sending).await {
                                return Ok(());
                            }
                        }
                        // A socket is two files here: the server's side is in this process too.
                        let bound = first + 8;
                        let end = Instant::now() + Duration::from_secs(2).mul_f64(stage.scale);
                        let mut open = open_files()?;
                        while open > bound && Instant::now() < end {
                            tokio::time::sleep(Duration::from_millis(20)).await;
                            open = open_files()?;
                        }
                        let expected = format!("at most {bound}: those after 20 sends, and few more");
                        stage.checks.must("open files", open <= bound, expected, open);
                        let failed = stage.outcomes.iter().filter(|outcome| outcome.is_err()).count();
                        stage.checks.must("failures", failed >= 50, "50 sends or more fail", failed);
                        let answered = stage.outcomes.len() - failed;
                        stage.checks.must("answers", answered > 0, "some are answered", answered);
                        Ok(())
                    })
                },
            )
            .in_child(Child::Alone),
        )
}

fn refused() -> Scenario {
    let to = |origin| Exchange::new(Want::fails(&[Connect], NotSent)).to(origin);
    let after = Case::raw(
        "after an answer from elsewhere",
        vec![answer(response("200 OK", "", b"first"))],
        vec![Exchange::new(Want::ok(b"first")), to(Origin::Refused)],
    );
    Scenario::must("conn/refused")
        .why("where nobody listens nothing is sent, and trying again is safe: say so")
        .rule("HttpTransport contract 9")
        .replayable()
        .case(Case::raw("", Vec::new(), vec![to(Origin::Refused), to(Origin::Refused)]))
        .case(after)
}

fn nameless() -> Scenario {
    let to = || Exchange::new(Want::fails(&[Connect], NotSent)).to(Origin::Nameless);
    Scenario::must("conn/dns-failure")
        .why("a name without an address is a connection that failed: nothing was sent")
        .rule("RFC 1035 section 2.3.4 (no label has 64 letters); HttpTransport contract 9")
        .replayable()
        .revised(2)
        .case(Case::raw("", Vec::new(), vec![to(), to()]))
        .case(Case::raw(
            "after an answer from elsewhere",
            vec![answer(response("200 OK", "", b"first"))],
            vec![Exchange::new(Want::ok(b"first")), to()],
        ))
}

/// How many whole requests have come, on all connections.
pub(super) fn complete(records: &[Record]) -> usize {
    records.iter().flat_map(Record::requests).filter(|request| request.complete).count()
}
