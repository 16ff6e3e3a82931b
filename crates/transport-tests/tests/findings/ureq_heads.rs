//! ureq: what it makes of heads, and what it says of them.

use std::cell::RefCell;
use std::io::Write;

use crate::agent::agent;
use crate::server::{listen, read_head};

#[test]
fn ureq_fails_at_an_interim_answer_100_with_a_field() {
    let address = listen(|mut stream, _| {
        read_head(&stream);
        stream.write_all(b"HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n").unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    });
    let error = agent().get(format!("http://{address}/")).call().unwrap_err();
    assert_eq!(error.to_string(), "protocol: received headers with 100-continue response");
}

#[test]
fn ureq_sends_the_user_of_a_uri_as_credentials_and_undecoded() {
    let address = listen(|mut stream, _| {
        let head = read_head(&stream).unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len()).unwrap();
    });
    let mut response = agent().get(format!("http://a%40b:c@{address}/")).call().unwrap();
    let sent = response.body_mut().read_to_string().unwrap();
    // Base64 of "a%40b:c"; of "a@b:c" it is "YUBiOmM=".
    assert!(sent.contains("authorization: Basic YSU0MGI6Yw==\r\n"), "{sent}");
}

#[test]
fn ureq_logs_credentials_at_trace_level_that_it_hides_at_debug_level() {
    thread_local! {
        // By thread, since other tests log as well: at debug level, and the rows at trace level.
        static LOGGED: RefCell<[String; 2]> = RefCell::default();
    }
    struct Logger;
    impl log::Log for Logger {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &log::Record<'_>) {
            let line = record.args().to_string();
            LOGGED.with_borrow_mut(|[debug, rows]| match record.level() {
                // A row of ureq_proto::util: 16 bytes in hexadecimal, then as text.
                log::Level::Trace => rows.push_str(&line[line.len().saturating_sub(16)..]),
                _ => debug.push_str(&line),
            });
        }
        fn flush(&self) {}
    }
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let address = listen(|mut stream, _| {
        read_head(&stream);
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    });
    let request = agent().get(format!("http://{address}/"));
    request.header("authorization", "Bearer open-sesame").call().unwrap();
    LOGGED.with_borrow(|[debug, rows]| {
        assert!(debug.contains("\"<NOTICE>\": \"1 HEADERS ARE REDACTED\""), "{debug}");
        assert!(!debug.contains("open-sesame"), "{debug}");
        assert!(rows.contains("authorization:.Bearer.open-sesame"), "{rows}");
    });
}

#[test]
fn ureq_reads_no_more_than_128_fields() {
    for (count, read) in [(128, true), (129, false)] {
        let address = listen(move |mut stream, _| {
            read_head(&stream);
            let fields = "A: b\r\n".repeat(count);
            write!(stream, "HTTP/1.1 204 No Content\r\n{fields}\r\n").unwrap();
        });
        let response = agent().get(format!("http://{address}/")).call();
        assert_eq!(response.is_ok(), read, "{response:?}");
    }
}
