//! Answers as Kendra gives them, in each framing that HTTP/1.1 has for a body.

use crate::case::Answer;
use crate::server::{Connection, answer, answer_and_close, response};

/// Kendra's own form of an answer: JSON, and a request id.
pub(crate) fn json(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer::new(status, body)
        .header("Content-Type", CONTENT_TYPE)
        .header("x-amzn-RequestId", REQUEST_ID)
}

/// The same from a raw server, in chunks of three bytes; `fields` end with CRLF each.
pub(crate) fn chunked(status: &str, fields: &str, body: &str) -> Connection {
    let mut bytes =
        format!("HTTP/1.1 {status}\r\n{fields}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for chunk in body.as_bytes().chunks(3) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    answer(bytes)
}

/// The same with a body that the connection's end ends.
pub(crate) fn until_close(status: &str, fields: &str, body: &str) -> Connection {
    let head = format!("HTTP/1.1 {status}\r\n{fields}Connection: close\r\n\r\n");
    answer_and_close([head.as_bytes(), body.as_bytes()].concat())
}

/// The same with a Content-Length, the fields in the spelling that is given.
pub(crate) fn sized(status: &str, fields: &str, body: &str) -> Connection {
    answer(response(status, fields, body.as_bytes()))
}

/// The fields of [`json`], for raw answers.
pub(crate) const JSON_FIELDS: &str = "Content-Type: application/x-amz-json-1.1\r\n\
     x-amzn-RequestId: 7f1e4a52-9c3d-4b86-a0f7-2d5c8e6b1934\r\n";

pub(crate) const REQUEST_ID: &str = "7f1e4a52-9c3d-4b86-a0f7-2d5c8e6b1934";

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
