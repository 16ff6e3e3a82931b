//! The group `timeout`: the limit of a send covers all of it.

use std::time::Duration;

use kendra_sync_core::Delivery::{MaybeSent, NotSent};
use kendra_sync_core::TransportErrorKind::{Connect, InvalidRequest, Timeout, Tls};

use super::handed_up::{not_reused, sound, sound_in_tls};
use crate::caps::Caps;
use crate::case::Case;
use crate::exchange::{Exchange, Limit, Want};
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Record, Step, answer, response};

pub(crate) fn rows() -> Vec<Scenario> {
    vec![silence(), body_stall(), drip(), in_time(), handshake_stall(), late(), extremes()]
}

fn silence() -> Scenario {
    let mut used = answer(response("200 OK", "", b"first"));
    used.push(Step::Read);
    let first = Exchange::new(Want::ok(b"first"));
    Scenario::must("timeout/no-response-headers")
        .why("a server that takes the request and says nothing is left when the limit passes")
        .rule("HttpTransport contracts 6, 9 and 11")
        .needs(Caps::TIMEOUT)
        .at_once()
        .case(until_left("silence", vec![Step::Read]))
        .case(until_left(
            "silence after an interim answer",
            vec![Step::Read, Step::Write(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())],
        ))
        .case(until_left(
            "half a head",
            vec![Step::Read, Step::Write(b"HTTP/1.1 200 OK\r\nContent-".to_vec())],
        ))
        .case(
            // What keeps no connections meets the silence on its second one.
            Case::raw(
                "on a connection used before",
                vec![used, vec![Step::Read]],
                vec![first, timed_out()],
            ),
        )
}

fn body_stall() -> Scenario {
    let halves = [
        ("of a length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
        ("of an error", "HTTP/1.1 400 Bad Request\r\nContent-Length: 10\r\n\r\nshort"),
        ("none of a length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
        ("of chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"),
        ("but the last chunk's end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"),
        ("that ends with the connection", "HTTP/1.1 200 OK\r\n\r\nshort"),
    ];
    let row = Scenario::must("timeout/body-stall")
        .why("the limit goes on after the head: a body that stops is an error when it passes")
        .rule("HttpTransport contracts 6 and 8")
        .needs(Caps::TIMEOUT)
        .at_once();
    let cases = halves.map(|(name, half)| {
        until_left(name, vec![Step::Read, Step::Write(half.as_bytes().into())])
    });
    cases.into_iter().fold(row, Scenario::case).case(sound())
}

fn drip() -> Scenario {
    let flood =
        |piece: &[u8]| Step::Flood { piece: piece.to_vec(), pause: LIMIT / 10, most: 1 << 20 };
    let row = Scenario::must("timeout/drip-total-deadline")
        .why("a byte now and then does not move the limit: it is for the whole, not for each read")
        .rule("HttpTransport contract 6")
        .revised(2)
        .needs(Caps::TIMEOUT)
        .at_once();
    let drips = [
        ("a body", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", &b"x"[..]),
        ("a head", "HTTP/1.1 200 OK\r\nX-A: ", b"x"),
        ("fields", "HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n"),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        ("a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", b"x"),
        ("trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: 1\r\n"),
        ("a body that ends with the connection", "HTTP/1.1 400 Bad Request\r\n\r\n", b"x"),
    ];
    let cases = drips.map(|(name, first, piece)| {
        until_left(name, vec![Step::Read, Step::Write(first.as_bytes().into()), flood(piece)])
    });
    // Each part comes within the limit, the whole does not.
    let whole = response("200 OK", "", b"late");
    let (head, body) = whole.split_at(whole.len() - 4);
    let parts = [Step::Read, MOST, Step::Write(head.into()), MOST, Step::Write(body.into())];
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let chunk = b"4\r\nlate\r\n0\r\n\r\n".to_vec();
    let chunks = [Step::Read, MOST, Step::Write(chunked), MOST, Step::Write(chunk)];
    cases
        .into_iter()
        .fold(row, Scenario::case)
        .case(until_left("a late head, and a body that is too late", parts.into()))
        .case(until_left("a late head, and chunks that are too late", chunks.into()))
        .case(sound())
}

fn in_time() -> Scenario {
    let limit = Duration::from_millis(1500);
    let pause = || Step::Pause(limit / 5);
    let slow = |parts: [&str; 3]| -> Connection {
        let paused = parts.into_iter().flat_map(|part| [pause(), Step::Write(part.into())]);
        std::iter::once(Step::Read).chain(paused).collect()
    };
    let parts = [
        ("a length", ["HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\n\r\nin", " ti"]),
        (
            "chunks",
            [
                "HTTP/1.1 200 OK\r\n",
                "Transfer-Encoding: chunked\r\n\r\n2\r\nin\r\n",
                "3\r\n ti\r\n0\r\n\r\n",
            ],
        ),
        (
            "interim answers",
            [
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/1.1 103 Early Hints\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nin ti",
            ],
        ),
    ];
    let row = Scenario::must("timeout/slow-but-in-time")
        .why("an answer that is whole before the limit is an answer, however slowly it came")
        .rule("HttpTransport contract 6")
        .needs(Caps::TIMEOUT)
        .at_once();
    let cases = parts.map(|(name, parts)| {
        let exchange = Exchange::new(Want::ok(b"in ti")).limit(Limit::Scaled(limit));
        Case::raw(name, vec![slow(parts)], vec![exchange])
    });
    cases.into_iter().fold(row, Scenario::case)
}

fn handshake_stall() -> Scenario {
    let exchange = || Exchange::new(Want::fails(&[Timeout, Connect, Tls], NotSent)).ends_at(LIMIT);
    let silent = vec![Step::ReadPart(Some(1))];
    // The start of a ServerHello, of which more is to come.
    let begun = vec![Step::ReadPart(Some(1)), Step::Write(b"\x16\x03\x03\0\x7a\x02\0".to_vec())];
    Scenario::must("timeout/tls-handshake-stall")
        .why("a handshake that stops is left when the limit passes, and nothing was sent")
        .rule("HttpTransport contracts 6 and 9")
        .revised(2)
        .needs(Caps::TIMEOUT | Caps::TLS)
        .at_once()
        .case(Case::raw("no answer", vec![silent], vec![exchange()]).https())
        .case(Case::raw("half an answer", vec![begun], vec![exchange()]).https())
        .case(slow_handshake())
        .case(sound_in_tls())
}

/// It is made within the limit, and the answer comes within another: not within one.
fn slow_handshake() -> Case {
    let mut script = vec![MOST, Step::Handshake(Certificate::Trusted), Step::Read, MOST];
    script.push(Step::Write(response("200 OK", "", b"late")));
    // On a busy machine it may not come so far.
    let exchange = Exchange::new(vec![Want::Fails(vec![Timeout], None)]).ends_at(LIMIT);
    Case::raw("a slow handshake, and an answer that is too late", vec![script], vec![exchange])
        .https()
}

fn late() -> Scenario {
    let row = Scenario::must("timeout/late-response-not-delivered")
        .why("the answer to a request that timed out comes yet: it must not answer the next one")
        .rule("RFC 9112 section 9.2; HttpTransport contract 11")
        .needs(Caps::TIMEOUT)
        .at_once();
    let late = response("200 OK", "", b"late");
    let (head, body) = late.split_at(late.len() - 2);
    let ways =
        [("all of it", vec![], late.as_slice()), ("the end of its body", head.to_vec(), body)];
    let cases = ways.map(|(name, early, rest)| {
        let mut first = vec![Step::Read, Step::Write(early), Step::Gate(0)];
        first.push(Step::Write(rest.to_vec()));
        first.extend(answer(response("200 OK", "", b"later")));
        let own = answer(response("200 OK", "", b"own"));
        Case::course(
            name,
            vec![first, own.clone(), own],
            "a send that times out; then gate 0 is opened; another send",
            |stage| {
                Box::pin(async move {
                    stage.send(timed_out()).await?;
                    stage.open(0);
                    stage.settle(|records| records.first().is_some_and(Record::left)).await;
                    stage.send(Exchange::new(Want::ok(b"own"))).await?;
                    Ok(())
                })
            },
        )
        .check(not_reused)
    });
    cases.into_iter().fold(row, Scenario::case)
}

fn extremes() -> Scenario {
    let ok = || answer(response("200 OK", "", b"ok"));
    let most = |limit| Exchange::new(Want::ok(b"ok")).limit(Limit::Exact(limit));
    let row = Scenario::should("timeout/extreme-values")
        .why("any limit is taken: the longest is none, and none at all is a timeout before sending")
        .rule("HttpTransport contracts 6 and 14")
        .needs(Caps::TIMEOUT)
        .at_once();
    let long = [
        ("the longest", Duration::MAX),
        ("2^63 seconds", Duration::from_secs(1 << 63)),
        ("2^63 milliseconds", Duration::from_millis(1 << 63)),
        ("2^62 nanoseconds", Duration::from_nanos(1 << 62)),
        ("a thousand years", Duration::from_secs(31_556_952_000)),
    ];
    let cases = long.map(|(name, limit)| Case::raw(name, vec![ok()], vec![most(limit)]));
    let none = Exchange::new(Want::fails(&[Timeout, InvalidRequest], NotSent))
        .limit(Limit::Exact(Duration::ZERO));
    // Timers may count in milliseconds, in which an answer can come.
    let soon = vec![Want::Fails(vec![Timeout], None), Want::Answer(200, b"ok".to_vec())];
    let least = Exchange::new(soon).limit(Limit::Exact(NANOSECOND));
    cases
        .into_iter()
        .fold(row, Scenario::case)
        .case(Case::raw("none", vec![ok()], vec![none]).check(|seen, checks| {
            checks.equal("requests", seen.requests().len(), 0);
        }))
        .case(Case::raw("a nanosecond", vec![ok()], vec![least]))
}

/// A send that times out, and a server that then sees its client leave.
fn until_left(name: &str, script: Connection) -> Case {
    let told = "a send that must end at its limit; then the client must leave";
    Case::course(name, vec![script], told, |stage| {
        Box::pin(async move {
            stage.send(timed_out()).await?;
            let left = |records: &[Record]| records.iter().all(Record::ended);
            stage.until("the connection is closed by the client", left).await;
            Ok(())
        })
    })
}

fn timed_out() -> Exchange {
    Exchange::new(Want::fails(&[Timeout], MaybeSent)).ends_at(LIMIT)
}

/// Time enough to send a request on a busy machine.
const LIMIT: Duration = Duration::from_secs(1);

/// Most of the limit, and twice that is more.
const MOST: Step = Step::Pause(Duration::from_millis(700));

const NANOSECOND: Duration = Duration::from_nanos(1);
