//! Bodies of a Content-Length.

use kendra_sync_core::Delivery::MaybeSent;
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidResponse};

use super::should_be_taken;
use crate::case::{Case, Child};
use crate::exchange::{Exchange, Want};
use crate::scenario::Scenario;
use crate::server::{Step, answer, answer_and_close, response};

pub(super) fn duplicate() -> Scenario {
    let row = Scenario::must("framing/cl-duplicate-different")
        .why("two lengths that differ leave the body's end unknown: take neither")
        .rule("RFC 9110 section 8.6; RFC 9112 section 6.3, rule 5");
    let different = [
        ("the shorter first", "200 OK", "Content-Length: 2\r\nContent-Length: 5\r\n"),
        ("the longer first", "200 OK", "Content-Length: 5\r\nContent-Length: 2\r\n"),
        ("none and some", "200 OK", "Content-Length: 0\r\nContent-Length: 5\r\n"),
        ("apart, other letters", "200 OK", "content-length: 5\r\nX-A: 1\r\nCONTENT-LENGTH: 2\r\n"),
        ("the third", "200 OK", "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 2\r\n"),
        ("in one line", "200 OK", "Content-Length: 5, 2\r\n"),
        ("one is no number", "200 OK", "Content-Length: 5\r\nContent-Length: x\r\n"),
        ("of an error", "400 Bad Request", "Content-Length: 2\r\nContent-Length: 5\r\n"),
    ];
    let different = different.map(|(name, status, fields)| {
        let bytes = format!("HTTP/1.1 {status}\r\n{fields}\r\nhello");
        let accepted = vec![Want::Fails(vec![InvalidResponse], Some(MaybeSent))];
        Case::answer(name, answer(bytes), accepted)
    });
    let equal = [
        ("equal (should)", "Content-Length: 5\r\nContent-Length: 5\r\n"),
        ("equal, in one line (should)", "Content-Length: 5, 5\r\n"),
    ];
    let equal = equal.map(|(name, fields)| {
        let bytes = format!("HTTP/1.1 200 OK\r\n{fields}\r\nhello");
        let accepted = vec![
            Want::Answer(200, b"hello".to_vec()),
            Want::Fails(vec![InvalidResponse], Some(MaybeSent)),
        ];
        Case::answer(name, answer(bytes), accepted).check(should_be_taken)
    });
    different.into_iter().chain(equal).fold(row, Scenario::case)
}

pub(super) fn invalid() -> Scenario {
    let row = Scenario::must("framing/cl-invalid")
        .why("a length that is not all digits, or too large to count, is refused: not read in part")
        .rule("RFC 9110 section 8.6; RFC 9112 section 6.3, rule 5")
        .revised(2);
    let lengths = [
        ("negative", "-1"),
        ("negative zero", "-0"),
        ("signed", "+2"),
        ("hexadecimal", "0x2"),
        ("with a fraction", "2.0"),
        ("with a space", "2 2"),
        ("with a unit", "2 bytes"),
        ("grouped", "0_2"),
        ("with an exponent", "2e0"),
        ("with an L", "2L"),
        ("quoted", "\"2\""),
        ("a word", "two"),
        ("empty", ""),
        ("10^23", "100000000000000000000000"),
        // What is left of it in 64 bits is 2.
        ("2^64 + 2", "18446744073709551618"),
    ];
    let cases = lengths.map(|(name, length)| {
        let bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nok");
        let accepted = vec![Want::Fails(vec![InvalidResponse], Some(MaybeSent))];
        Case::answer(name, answer_and_close(bytes), accepted)
    });
    cases.into_iter().fold(row, Scenario::case).case(Case::answer(
        "negative, of an error",
        answer_and_close("HTTP/1.1 400 Bad Request\r\nContent-Length: -1\r\n\r\n{}"),
        vec![Want::Fails(vec![InvalidResponse], Some(MaybeSent))],
    ))
}

pub(super) fn huge() -> Scenario {
    let row = Scenario::must("framing/cl-huge-no-prealloc")
        .why("a length is a claim: memory is taken as bytes arrive, never ahead for all that is claimed")
        .rule("RFC 9110 section 8.6; RFC 9112 section 8; HttpTransport contracts 7, 8 and 14")
        .revised(2);
    let framings = [
        ("2^64 - 1", "Content-Length: 18446744073709551615\r\n\r\n"),
        ("2^64 - 2", "Content-Length: 18446744073709551614\r\n\r\n"),
        ("2^63", "Content-Length: 9223372036854775808\r\n\r\n"),
        ("2^40", "Content-Length: 1099511627776\r\n\r\n"),
        // What is left of it in 32 bits is 2.
        ("2^32 + 2", "Content-Length: 4294967298\r\n\r\n"),
        ("a chunk of 2^63 - 1", "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"),
        ("a chunk of 2^40", "Transfer-Encoding: chunked\r\n\r\n10000000000\r\n"),
    ];
    let cases = framings.map(|(name, framing)| {
        let bytes = format!("HTTP/1.1 200 OK\r\n{framing}ok");
        let accepted = vec![Want::Fails(vec![Interrupted, InvalidResponse], Some(MaybeSent))];
        Case::answer(name, answer_and_close(bytes), accepted).in_child(Child::SmallMemory)
    });
    // Refusing whatever is large is no way out.
    let long = vec![b'l'; 300_000];
    let true_length = answer(response("200 OK", "", &long));
    let true_length = Case::answer("a true length", true_length, vec![Want::Answer(200, long)]);
    cases.into_iter().fold(row, Scenario::case).case(true_length.in_child(Child::SmallMemory))
}

pub(super) fn short() -> Scenario {
    let row = Scenario::must("framing/cl-short-truncated")
        .why("a body shorter than its Content-Length is an error, never a short response")
        .rule("RFC 9112 section 8; HttpTransport contract 8");
    let interrupted = || vec![Want::Fails(vec![Interrupted], Some(MaybeSent))];
    let long = "l".repeat(70_000);
    let bodies = [
        ("half of it", "200 OK", 10, "short"),
        ("none of it", "200 OK", 10, ""),
        ("all but a byte", "200 OK", 6, "short"),
        ("whole JSON", "200 OK", 3, "{}"),
        ("of a 400", "400 Bad Request", 3, "{}"),
        ("of a 500", "500 Internal Server Error", 10, ""),
        ("of a 302", "302 Found", 10, "short"),
        ("large", "200 OK", 100_000, long.as_str()),
    ];
    let cases = bodies.map(|(name, status, length, body)| {
        let bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        Case::answer(name, answer_and_close(bytes), interrupted())
    });
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort";
    cases
        .into_iter()
        .fold(row, Scenario::case)
        .case(Case::answer(
            "of HTTP/1.0",
            answer_and_close("HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
            interrupted(),
        ))
        .case(Case::answer(
            "of a connection that was to close",
            answer_and_close(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nshort",
            ),
            interrupted(),
        ))
        .case(Case::answer(
            "byte by byte",
            vec![Step::Read, Step::Drip(short.to_vec()), Step::Close],
            interrupted(),
        ))
        .case(Case::raw(
            "on a connection used again",
            vec![
                vec![
                    Step::Read,
                    Step::Write(response("200 OK", "", b"whole")),
                    Step::Read,
                    Step::Write(short.to_vec()),
                    Step::Close,
                ],
                answer_and_close(*short),
            ],
            vec![
                Exchange::new(vec![Want::Answer(200, b"whole".to_vec())]),
                Exchange::new(interrupted()),
            ],
        ))
}
