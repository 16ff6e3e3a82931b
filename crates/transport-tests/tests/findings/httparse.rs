//! httparse.

use httparse::Status;

#[test]
fn httparse_takes_an_empty_chunk_size_for_zero() {
    for (line, length) in [("\r\n", 2), (";x=y\r\n", 6), (" \r\n", 3)] {
        // What follows is a chunk, which nobody reads: this was the last one.
        let wire = format!("{line}5\r\nhello\r\n0\r\n\r\n");
        let parsed = httparse::parse_chunk_size(wire.as_bytes());
        assert_eq!(parsed, Ok(Status::Complete((length, 0))), "{line:?}");
    }
}
