//! Bodies in chunks.

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse};
use kendra_sync_core::{Error, Stopped};

use super::{fields, should_fail};
use crate::case::Case;
use crate::check::Checks;
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Step, answer, answer_and_close, response};

pub(super) fn dribble() -> Scenario {
    let extended = "3;x=y\r\nabc\r\n2 ; q=\"r;\\\"\"\r\nde\r\n0;last\r\n\r\n";
    let odd_sizes = "0000000003\r\na\r\n\r\n00A\r\n0\r\n\r\n5\r\nxy\r\n00\r\n\r\n";
    let binary: Vec<u8> = (0..=255).collect();
    let mut of_binary = b"80\r\n".to_vec();
    of_binary.extend_from_slice(&binary[..128]);
    of_binary.extend_from_slice(b"\r\n80\r\n");
    of_binary.extend_from_slice(&binary[128..]);
    of_binary.extend_from_slice(b"\r\n0\r\n\r\n");
    let each_byte: String = (0..600).map(|n| format!("1\r\n{}\r\n", n % 10)).collect();
    let digits: String = (0..600).map(|n| (n % 10).to_string()).collect();
    let bodies: [(&str, Vec<u8>, Vec<u8>); 5] = [
        ("extensions", extended.into(), b"abcde".to_vec()),
        (
            "sizes with zeros, data like framing",
            odd_sizes.into(),
            b"a\r\n0\r\n\r\n5\r\nxy".to_vec(),
        ),
        ("every byte", of_binary, binary),
        ("a chunk for each byte", (each_byte + "0\r\n\r\n").into(), digits.into()),
        ("no data", b"0\r\n\r\n".to_vec(), Vec::new()),
    ];
    let cases = bodies.into_iter().flat_map(|(name, wire, body)| {
        let whole = [&head("200 OK", "")[..], &wire].concat();
        let accepted = vec![Want::Answer(200, body)];
        let at_once =
            Case::answer(format!("{name}, at once"), answer(whole.clone()), accepted.clone());
        let dripped = vec![Step::Read, Step::Drip(whole)];
        let slowly = Case::answer(format!("{name}, byte by byte"), dripped, accepted);
        // What is long would take too long.
        if wire.len() < 1000 { vec![at_once, slowly] } else { vec![at_once] }
    });
    let row = Scenario::must("framing/chunked-dribble")
        .why("a chunked body is read whatever the packets: extensions, and a cut anywhere")
        .rule("RFC 9112 sections 7.1 and 7.1.1")
        .revised(2);
    let large = [0xffff, 0x10000, 0x10001, 0x2_0003].map(|size| {
        let data = vec![b'l'; size];
        let size = format!("{size:x}\r\n");
        let wire = [&head("200 OK", ""), size.as_bytes(), &data, b"\r\n1\r\n.\r\n0\r\n\r\n"];
        let whole = [&data[..], b"."].concat();
        Case::answer(
            format!("a chunk of {} bytes", data.len()),
            answer(wire.concat()),
            vec![Want::Answer(200, whole)],
        )
    });
    let row = large.into_iter().fold(row, Scenario::case);
    cases.fold(row, Scenario::case).case(Case::answer(
        "of an error, byte by byte",
        vec![
            Step::Read,
            Step::Drip([&head("400 Bad Request", "")[..], b"2\r\n{}\r\n0\r\n\r\n"].concat()),
        ],
        vec![Want::Answer(400, b"{}".to_vec())],
    ))
}

pub(super) fn trailers() -> Scenario {
    let trailers = "2\r\n{}\r\n0\r\nx-amzn-errortype: F\r\nX-T: 1\r\nContent-Length: 7\r\n\r\n";
    let with =
        |status: &str, fields: &str| [&head(status, fields)[..], trailers.as_bytes()].concat();
    let named = "{\"__type\":\"E\"}";
    let in_body = format!("{:x}\r\n{named}\r\n0\r\nx-amzn-errortype: F\r\n\r\n", named.len());
    let own = || response("200 OK", "X-Own: 1\r\n", b"own");
    Scenario::must("framing/trailers-not-merged")
        .why("trailer fields are not header fields: merged, they could change which error it is")
        .rule("RFC 9110 section 6.5.1; HttpTransport contract 5")
        .case(
            Case::answer(
                "no such field",
                answer(with("400 Bad Request", "")),
                vec![Want::Answer(400, b"{}".to_vec())],
            )
            .check(|seen, checks| fields(seen, checks, 0, &[])),
        )
        .case(
            Case::answer(
                "a field of that name, trailers announced",
                answer(with(
                    "400 Bad Request",
                    "X-Amzn-ErrorType: E\r\nTrailer: x-amzn-errortype, x-t\r\n",
                )),
                vec![Want::Answer(400, b"{}".to_vec())],
            )
            .check(|seen, checks| fields(seen, checks, 0, &[("x-amzn-errortype", &[b"E"])])),
        )
        .case(
            Case::answer(
                "of a 200, byte by byte",
                vec![Step::Read, Step::Drip(with("200 OK", ""))],
                vec![Want::Answer(200, b"{}".to_vec())],
            )
            .check(|seen, checks| fields(seen, checks, 0, &[])),
        )
        .case(
            Case::raw(
                "nor do they reach the next answer",
                vec![
                    vec![
                        Step::Read,
                        Step::Write(with("400 Bad Request", "")),
                        Step::Read,
                        Step::Write(own()),
                    ],
                    answer(own()),
                ],
                vec![
                    Exchange::new(vec![Want::Answer(400, b"{}".to_vec())]),
                    Exchange::new(vec![Want::Answer(200, b"own".to_vec())]),
                ],
            )
            .check(|seen, checks| {
                fields(seen, checks, 0, &[]);
                fields(seen, checks, 1, &[("x-own", &[b"1"])]);
            }),
        )
        .case(Case::client(
            "the error that the header names",
            vec![answer(with("400 Bad Request", "X-Amzn-ErrorType: E\r\n"))],
            vec![names_e],
        ))
        .case(Case::client(
            "the error that the body names",
            vec![answer([head("400 Bad Request", ""), in_body.into_bytes()].concat())],
            vec![names_e],
        ))
}

fn names_e(result: &Result<Stopped, Error>, checks: &mut Checks) {
    let code = result.as_ref().err().and_then(Error::code).map(|code| code.as_str());
    checks.equal("code", code, Some("E"));
}

pub(super) fn unterminated() -> Scenario {
    let row = Scenario::must("framing/chunked-unterminated")
        .why("a chunked body that ends before its last chunk is an error, never a short response")
        .rule("RFC 9112 section 8; HttpTransport contract 8")
        .revised(2);
    let cut = [
        ("before the first chunk", "200 OK", ""),
        ("in the first size", "200 OK", "5"),
        ("after the first size", "200 OK", "5\r\n"),
        ("in a chunk", "200 OK", "5\r\nhel"),
        ("after a chunk's data", "200 OK", "5\r\nhello"),
        ("after a chunk", "200 OK", "5\r\nhello\r\n"),
        ("after a chunk that looks whole, of an error", "400 Bad Request", "2\r\n{}\r\n"),
        ("in the second size", "200 OK", "5\r\nhello\r\n1"),
        ("in the second chunk", "200 OK", "5\r\nhello\r\n5\r\nwor"),
        ("in the last size", "200 OK", "5\r\nhello\r\n0"),
    ];
    let cut = cut.map(|(name, status, wire)| {
        let bytes = [&head(status, "")[..], wire.as_bytes()].concat();
        let accepted = vec![Want::Fails(vec![Interrupted], Some(MaybeSent))];
        Case::answer(name, answer_and_close(bytes), accepted)
    });
    let ends = [
        ("after the last size (should)", "5\r\nhello\r\n0\r\n"),
        ("in the last line end (should)", "5\r\nhello\r\n0\r\n\r"),
        ("in the trailers (should)", "5\r\nhello\r\n0\r\nX-T: 1\r\n"),
    ];
    let ends = ends.map(|(name, wire)| {
        let bytes = [&head("200 OK", "")[..], wire.as_bytes()].concat();
        let accepted = vec![
            Want::Fails(vec![Interrupted], Some(MaybeSent)),
            Want::Answer(200, b"hello".to_vec()),
        ];
        Case::answer(name, answer_and_close(bytes), accepted).check(should_fail)
    });
    // The same ended is whole.
    let ended = [&head("200 OK", "")[..], b"5\r\nhello\r\n0\r\n\r\n"].concat();
    let ended = Case::answer(
        "not at all",
        answer_and_close(ended),
        vec![Want::Answer(200, b"hello".to_vec())],
    );
    cut.into_iter().chain(ends).fold(row, Scenario::case).case(ended)
}

pub(super) fn bad_size() -> Scenario {
    let row = Scenario::must("framing/chunk-size-bad")
        .why("a chunk size that is no number or too large is an error: it is never read as zero or cut")
        .rule("RFC 9112 sections 7.1 and 8; HttpTransport contracts 8 and 14");
    let wires = [
        ("no number", "zz\r\nhello\r\n0\r\n\r\n"),
        ("no number after a good chunk", "5\r\nhello\r\nzz\r\n\r\n"),
        ("digits, then none", "5g\r\nhello\r\n0\r\n\r\n"),
        ("empty", "\r\nhello\r\n0\r\n\r\n"),
        ("empty after a good chunk", "5\r\nhello\r\n\r\n\r\n"),
        ("only an extension", "5\r\nhello\r\n;x=y\r\n\r\n"),
        ("negative", "-5\r\nhello\r\n0\r\n\r\n"),
        ("negative zero", "5\r\nhello\r\n-0\r\n\r\n"),
        ("prefixed", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("grouped", "0_5\r\nhello\r\n0\r\n\r\n"),
        ("17 digits F", "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
        ("16 digits F", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"),
        ("2^64 + 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("2^64", "5\r\nhello\r\n10000000000000000\r\n\r\n"),
        ("2^32 + 5", "100000005\r\nhello\r\n0\r\n\r\n"),
        ("no line end after the data", "5\r\nhello0\r\n\r\n"),
        ("other bytes for the line end after the data", "5\r\nhelloXX0\r\n\r\n"),
        ("more data than the size says", "3\r\nhello\r\n0\r\n\r\n"),
    ];
    let cases = wires.map(|(name, wire)| {
        let bytes = [&head("200 OK", "")[..], wire.as_bytes()].concat();
        let accepted = vec![Want::Fails(vec![Interrupted, InvalidResponse], Some(MaybeSent))];
        Case::answer(name, answer_and_close(bytes), accepted)
    });
    // A sign is no digit, but nobody loses count over it.
    let signed = [&head("200 OK", "")[..], b"+5\r\nhello\r\n0\r\n\r\n"].concat();
    let accepted = vec![
        Want::Fails(vec![InvalidResponse], Some(MaybeSent)),
        Want::Answer(200, b"hello".to_vec()),
    ];
    let signed = Case::answer("a sign (should)", answer_and_close(signed), accepted);
    cases.into_iter().fold(row, Scenario::case).case(signed.check(should_fail))
}

fn head(status: &str, fields: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{fields}Transfer-Encoding: chunked\r\n\r\n").into_bytes()
}
