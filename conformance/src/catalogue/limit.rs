//! The group `limit`: how much of an answer is taken.

use std::time::Duration;

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::Timeout;
use kendra_sync_core::transport::MAX_BODY;

use super::fault::bomb::{MEASURED, measured};
use crate::caps::Caps;
use crate::case::{Case, Child};
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Connection, Step, answer, response};

pub(crate) fn rows() -> Vec<Scenario> {
    vec![boundary(), infinite()]
}

fn boundary() -> Scenario {
    let row = Scenario::must("limit/body-boundary")
        .why("a body up to the limit is whole; of a longer one the byte too many is handed up and no more")
        .rule("HttpTransport contract 7: 1 MiB")
        .needs(Caps::LIMIT);
    let lengths = [
        ("the limit", MAX_BODY),
        ("one less", MAX_BODY - 1),
        ("one more", MAX_BODY + 1),
        ("much more", 3 * MAX_BODY),
    ];
    let cases = lengths.into_iter().flat_map(|(name, length)| {
        let body = vec![b'b'; length];
        let taken = body.get(..length.min(MAX_BODY + 1)).unwrap_or_default().to_vec();
        let with_length = response("200 OK", "", &body);
        let of_error = response("500 Oops", "", &body);
        let chunked = [
            &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
            &chunks(&body),
            b"0\r\n\r\n",
        ];
        let to_the_end = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &body].concat();
        [
            ("a length", with_length, 200, false),
            ("an error", of_error, 500, false),
            ("chunks", chunked.concat(), 200, false),
            ("to the end", to_the_end, 200, true),
        ]
        .map(|(framing, bytes, status, ends)| {
            let mut script = answer(bytes);
            script.extend(ends.then_some(Step::Close));
            let exchange = Exchange::new(vec![Want::Answer(status, taken.clone())]);
            cut(format!("{name}, {framing}"), script, exchange, length > MAX_BODY + 1)
        })
    });
    cases.fold(row, Scenario::case)
}

/// A send; where the body was cut the connection must be left, as the rest of it is still to come.
fn cut(name: String, script: Connection, exchange: Exchange, over: bool) -> Case {
    if !over {
        return Case::raw(name, vec![script], vec![exchange]);
    }
    let own = answer(response("200 OK", "", b"own"));
    let second = Exchange::new(Want::ok(b"own"));
    Case::raw(name, vec![script, own], vec![exchange, second]).check(super::handed_up::not_reused)
}

fn infinite() -> Scenario {
    let row = Scenario::must("limit/infinite-body-bounded")
        .why("a body without end costs a bounded memory, and its connection is left")
        .rule("HttpTransport contracts 6 and 7")
        .needs(Caps::LIMIT);
    let chunk = chunks(&[b'b'; 16 << 10]);
    let small = chunks_of(&[b'b'; 16 << 10], 64);
    let bodies = [
        ("chunks", "Transfer-Encoding: chunked\r\n", chunk),
        ("small chunks", "Transfer-Encoding: chunked\r\n", small),
        ("a length of 2^60", "Content-Length: 1152921504606846976\r\n", vec![b'b'; 16 << 10]),
        ("to an end that does not come", "", vec![b'b'; 16 << 10]),
    ];
    let cases = bodies.into_iter().flat_map(|(name, fields, piece)| {
        [("200", "200 OK"), ("503", "503 Service Unavailable")].map(|(status, line)| {
            let head = format!("HTTP/1.1 {line}\r\n{fields}\r\n").into_bytes();
            let flood = Step::Flood { piece: piece.clone(), pause: Duration::ZERO, most: 64 << 20 };
            let script = vec![Step::Read, Step::Write(head), flood, Step::Close];
            Case::course(format!("{name}, {status}"), vec![script], MEASURED, |stage| {
                Box::pin(async move {
                    let over = vec![b'b'; MAX_BODY + 1];
                    let timeout = Want::Fails(vec![Timeout], Some(MaybeSent));
                    let accepted =
                        vec![Want::Answer(200, over.clone()), Want::Answer(503, over), timeout];
                    measured(stage, accepted).await
                })
            })
            .in_child(Child::Alone)
        })
    });
    cases.fold(row, Scenario::case)
}

fn chunks(body: &[u8]) -> Vec<u8> {
    chunks_of(body, 40_000)
}

fn chunks_of(body: &[u8], length: usize) -> Vec<u8> {
    let chunk =
        |chunk: &[u8]| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
    body.chunks(length).map(chunk).collect::<Vec<_>>().concat()
}
