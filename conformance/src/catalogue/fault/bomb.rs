//! Answers without end, and what memory they cost.

use std::time::Duration;

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse};

use crate::case::{Case, Child};
use crate::catalogue::handed_up::sound;
use crate::exchange::{Exchange, Want};
use crate::process::peak_memory;
use crate::scenario::Scenario;
use crate::server::{Record, Step, answer, response};
use crate::stage::Stage;
use crate::subject::BoxError;

pub(in crate::catalogue::fault) fn header() -> Scenario {
    let row = Scenario::must("fault/header-bomb")
        .why("a head without end is refused early: at most 64 KiB of it are taken")
        .rule("RFC 9110 section 5.4; HttpTransport contracts 7 and 14")
        .revised(2);
    let flood = |piece: Vec<u8>| Step::Flood { piece, pause: Duration::ZERO, most: 64 << 20 };
    let line = "HTTP/1.1 200 OK\r\n";
    let lines: String = (0..500).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let bombs = [
        ("fields without end", line, lines.into_bytes()),
        ("one field without end", "HTTP/1.1 200 OK\r\nX-A: ", vec![b'a'; 16 << 10]),
        ("one name without end", line, vec![b'a'; 16 << 10]),
        ("a reason without end", "HTTP/1.1 200 ", vec![b'a'; 16 << 10]),
        ("empty lines before", "", b"\r\n".repeat(8 << 10)),
        (
            "trailers without end",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X-A: aaaaaaaa\r\n".repeat(1000),
        ),
        (
            "a chunk's extension without end",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            vec![b'a'; 16 << 10],
        ),
    ];
    let cases = bombs.map(|(name, first, piece)| {
        let script = vec![Step::Read, Step::Write(first.into()), flood(piece), Step::Close];
        Case::course(name, vec![script], MEASURED, |stage| {
            Box::pin(async move {
                let kinds = vec![InvalidResponse, Interrupted];
                measured(stage, vec![Want::Fails(kinds, Some(MaybeSent))]).await
            })
        })
        .in_child(Child::Alone)
    });
    // They end, but only after the limit.
    let fields: String = (0..200).map(|n| format!("X-{n}: {}\r\n", "v".repeat(400))).collect();
    let large = [
        ("a field of 80 KiB", format!("X-A: {}\r\n", "a".repeat(80 << 10))),
        ("fields of 80 KiB in all", fields),
    ];
    let large = large.map(|(name, fields)| {
        let bytes = response("200 OK", &fields, b"too much");
        Case::answer(name, answer(bytes), Want::fails(&[InvalidResponse], MaybeSent))
    });
    cases.into_iter().chain(large).fold(row, Scenario::case).case(sound())
}

/// A send whose answer has no end: little memory is taken for it, and the client leaves.
pub(in crate::catalogue) async fn measured(
    stage: &mut Stage,
    accepted: Vec<Want>,
) -> Result<(), BoxError> {
    let before = peak_memory()?;
    stage.send(Exchange::new(accepted)).await?;
    let left = |records: &[Record]| records.iter().all(Record::ended);
    stage.until("the connection is closed by the client", left).await;
    let come = stage.records().iter().filter_map(Record::flooded).max().unwrap_or_default();
    let expected = format!("the client leaves before {MOST_BYTES} bytes");
    stage.checks.must("taken", come < MOST_BYTES, expected, format_args!("{come} bytes came"));
    let grown = peak_memory()?.saturating_sub(before);
    let expected = format!("at most {MOST_MEMORY} KiB more than before");
    stage.checks.must("memory", grown <= MOST_MEMORY, expected, format_args!("{grown} KiB"));
    Ok(())
}

/// What [`measured`] does, in words.
pub(in crate::catalogue) const MEASURED: &str =
    "a send; what memory the process takes meanwhile is measured; then the client must leave";

/// What lies in the sockets' buffers is written though nobody takes it.
const MOST_BYTES: usize = 24 << 20;

/// In KiB: a head of 64 KiB, a body of 1 MiB, and what their reading takes.
const MOST_MEMORY: u64 = 24 << 10;
