//! Bodies that something between a caller and a socket could take for its own to change.

use bytes::Bytes;

type Change = fn(&mut http::Request<Bytes>);

/// Each body's name, and what puts it into a request.
pub(crate) fn all() -> Vec<(&'static str, Change)> {
    vec![
        ("of core", |_| {}),
        ("0 B", |request| *request.body_mut() = Bytes::new()),
        ("one byte", |request| *request.body_mut() = Bytes::from_static(b"{")),
        ("UTF-8", |request| put(request, "\u{feff}{\"Id\":\"é\u{301} 漢字 😀\u{2028}\"}\n")),
        ("NUL", |request| put(request, "\0{\"Id\":\"a\0b\"}\0")),
        ("no final newline", |request| put(request, "{\r\n\"Id\": \"a\"\r}\n\n{}")),
        ("final newlines", |request| put(request, " {} \r\n\r\n")),
        ("JSON of another form", |request| {
            put(request, "{ \"b\" : 1.0, \"a\":\"\\u00e9\\/\", \"a\": 1e2,\t\"c\":0.10 }");
        }),
        ("like chunks", |request| put(request, "5\r\nhello\r\n0\r\n\r\n")),
        ("like a request", |request| put(request, "POST / HTTP/1.1\r\nHost: x\r\n\r\n")),
        ("every byte", |request| *request.body_mut() = (0..=255).collect()),
        ("64 KiB", |request| *request.body_mut() = noise(64 * 1024)),
        ("64 KiB and one", |request| *request.body_mut() = noise(64 * 1024 + 1)),
        ("1 MiB", |request| *request.body_mut() = noise(1024 * 1024)),
    ]
}

pub(crate) fn empty(request: &mut http::Request<Bytes>) {
    *request.body_mut() = Bytes::new();
}

pub(crate) fn large(request: &mut http::Request<Bytes>) {
    *request.body_mut() = noise(1024 * 1024);
}

fn put(request: &mut http::Request<Bytes>, body: &'static str) {
    *request.body_mut() = Bytes::from_static(body.as_bytes());
}

/// Bytes without a pattern that a buffer's size could hide in (xorshift32).
fn noise(length: usize) -> Bytes {
    let mut state = 0x9e37_79b9_u32;
    let bytes = (0..length).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    });
    bytes.collect()
}
