//! Bodies that end with the connection, that two fields measure, that are not there, or that are whatever
//! bytes.

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse};

use super::{fields, kept, twice};
use crate::case::Case;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Step, answer, answer_and_close, response};

pub(super) fn close_delimited() -> Scenario {
    let row = Scenario::must("framing/close-delimited")
        .why("without length and chunks a body ends with its connection, which carries nothing after")
        .rule("RFC 9112 sections 6.3 (rule 8), 8 and 9.3; HttpTransport contract 11")
        .revised(2);
    let long = "l".repeat(200_000);
    let bodies = [
        ("HTTP/1.1", "HTTP/1.1 200 OK\r\n\r\n", "to the end", 200),
        ("HTTP/1.1 that says close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "hello", 200),
        ("HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", "to the end", 200),
        (
            "HTTP/1.0 that says keep-alive",
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n",
            "to the end",
            200,
        ),
        ("an error", "HTTP/1.1 400 Bad Request\r\n\r\n", "{\"__type\":\"E\"}", 400),
        ("no byte", "HTTP/1.1 200 OK\r\n\r\n", "", 200),
        ("long", "HTTP/1.1 200 OK\r\n\r\n", long.as_str(), 200),
        ("like chunks", "HTTP/1.1 200 OK\r\n\r\n", "2\r\nok\r\n0\r\n\r\n", 200),
    ];
    let cases = bodies.map(|(name, head, body, status)| {
        // Head and body come apart, so one read is not enough.
        let mut first = answer(head);
        let (early, late) = body.split_at(body.len() / 2);
        let late = late.as_bytes().to_vec();
        let slowly = late.len() < 100;
        first.push(Step::Write(early.into()));
        first.push(if slowly { Step::Drip(late) } else { Step::Write(late) });
        first.push(Step::Close);
        twice(name, first, vec![Want::Answer(status, body.into())])
    });
    let every: Vec<u8> = (0..=255).collect();
    let mut bytes = answer("HTTP/1.1 200 OK\r\n\r\n");
    bytes.extend([Step::Write(every.clone()), Step::Close]);
    let row = row.case(twice("every byte", bytes, vec![Want::Answer(200, every)]));
    // It stays open: only what HTTP/1.0 means tells that it is not to be used again.
    let measured = kept("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let hello = vec![Want::Answer(200, b"hello".to_vec())];
    cases.into_iter().fold(row, Scenario::case).case(twice(
        "HTTP/1.0 with a length, kept open",
        measured,
        hello,
    ))
}

pub(super) fn te_and_cl() -> Scenario {
    let row = Scenario::must("framing/te-and-cl")
        .why("with both, chunks count and the length does not; and the connection is not trusted further")
        .rule("RFC 9112 sections 6.1, 6.3 (rules 3 and 4) and 7.1; HttpTransport contract 11")
        .revised(2);
    let both = [
        ("length first", "HTTP/1.1", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
        ("length last", "HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
        ("Chunked", "HTTP/1.1", "Content-Length: 3\r\nTransfer-Encoding: Chunked\r\n"),
        ("other letters", "HTTP/1.1", "content-length: 3\r\ntransfer-encoding: CHUNKED\r\n"),
        (
            "a length of the whole",
            "HTTP/1.1",
            "Content-Length: 12\r\nTransfer-Encoding: chunked\r\n",
        ),
        ("a length of none", "HTTP/1.1", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
        ("too long a length", "HTTP/1.1", "Content-Length: 99\r\nTransfer-Encoding: chunked\r\n"),
        ("HTTP/1.0", "HTTP/1.0", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
    ];
    let cases = both.map(|(name, version, framing)| {
        let first = format!("{version} 200 OK\r\n{framing}\r\n2\r\nhi\r\n0\r\n\r\n");
        let accepted = vec![
            Want::Answer(200, b"hi".to_vec()),
            Want::Fails(vec![InvalidResponse], Some(MaybeSent)),
        ];
        twice(name, kept(first), accepted)
    });
    // What is not chunked, whatever it is called, ends with the connection, or is refused.
    let wire = b"2\r\nhi\r\n0\r\n\r\n";
    let unknown = ["xchunked", "chunked-not", "\"chunked\"", "chunked;q=0"].map(|coding| {
        let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n");
        let accepted = vec![
            Want::Answer(200, wire.to_vec()),
            Want::Fails(vec![InvalidResponse, Interrupted], Some(MaybeSent)),
        ];
        Case::answer(
            format!("{coding}, alone"),
            answer_and_close([head.as_bytes(), wire].concat()),
            accepted,
        )
    });
    cases.into_iter().chain(unknown).fold(row, Scenario::case)
}

pub(super) fn no_body() -> Scenario {
    let row = Scenario::must("framing/no-body-statuses")
        .why("204 and 304 have no body whatever their fields say: do not wait for one")
        .rule("RFC 9112 section 6.3, rule 1; RFC 9110 sections 15.3.5 and 15.4.5")
        .revised(2);
    let heads = [
        ("204 with a length", 204, "204 No Content", "Content-Length: 5\r\n"),
        ("304 with a length", 304, "304 Not Modified", "Content-Length: 5\r\n"),
        ("204 with chunks", 204, "204 No Content", "Transfer-Encoding: chunked\r\n"),
        ("304 with chunks", 304, "304 Not Modified", "Transfer-Encoding: chunked\r\n"),
        ("204", 204, "204 No Content", ""),
        ("304", 304, "304 Not Modified", ""),
    ];
    let cases = heads.map(|(name, status, line, framing)| {
        let bytes = format!("HTTP/1.1 {line}\r\nX-A: 1\r\n{framing}\r\n");
        let own = response("200 OK", "X-Own: 1\r\n", b"own");
        // Both connections answer alike: the first may be used again, and then nothing of the second
        // answer may be taken for the first one's body.
        let mut first = answer(bytes);
        first.extend(answer(own.clone()));
        let exchanges = [Want::Answer(status, Vec::new()), Want::Answer(200, b"own".to_vec())];
        Case::raw(
            name,
            vec![first, answer(own)],
            exchanges.map(|want| Exchange::new(vec![want])).into(),
        )
        .check(|seen, checks| {
            fields(seen, checks, 0, &[("x-a", &[b"1"])]);
            fields(seen, checks, 1, &[("x-own", &[b"1"])]);
        })
    });
    // A 205 should have none either, but what it has is counted.
    let reset = response("205 Reset Content", "", b"reset");
    let reset =
        Case::answer("205 with a body", answer(reset), vec![Want::Answer(205, b"reset".to_vec())]);
    cases.into_iter().fold(row, Scenario::case).case(reset)
}

pub(super) fn verbatim() -> Scenario {
    let row = Scenario::must("framing/body-binary-verbatim")
        .why("a body's bytes are handed up as they came, whatever they are and their type says")
        .rule("HttpTransport contract 3")
        .replayable();
    let every: Vec<u8> = (0..=255).collect();
    let bodies: [(&str, u16, &str, Vec<u8>); 8] = [
        ("every byte", 200, "", every.clone()),
        ("every byte, of an error", 500, "", every.clone()),
        ("called UTF-8", 200, "Content-Type: text/plain; charset=utf-8\r\n", every),
        (
            "no UTF-8",
            400,
            "Content-Type: application/x-amz-json-1.1\r\n",
            b"{\"a\":\"\xc3\x28\"}".into(),
        ),
        (
            "called Latin-1",
            200,
            "Content-Type: text/html; charset=iso-8859-1\r\n",
            b"caf\xe9".into(),
        ),
        ("UTF-16", 200, "Content-Type: text/plain; charset=utf-16\r\n", b"\xff\xfeh\0i\0".into()),
        ("a byte order mark", 200, "Content-Type: application/json\r\n", b"\xef\xbb\xbf{}".into()),
        ("blanks around", 200, "", b"\r\n \t\0{}\r\r\n\0 ".into()),
    ];
    let cases = bodies.into_iter().map(|(name, status, fields, body)| {
        let bytes = response(&format!("{status} Any"), fields, &body);
        Case::answer(name, answer(bytes), vec![Want::Answer(status, body)])
    });
    cases.fold(row, Scenario::case)
}
