//! What minreq 3.0.0 does. A test that fails means that it has changed.

#![expect(dead_code, reason = "not every file uses all of the servers")]

use std::io::{Read, Write};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use self::server::{answer, listen, read_head, read_head_bytes};

mod server;

#[test]
fn minreq_takes_a_chunked_body_that_breaks_off_for_whole() {
    for (wire, body) in [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "hel"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "hello"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n\r\nmore", "hello"),
        // A sign is part of a size.
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", "hello"),
    ] {
        let (address, _) = answer(wire);
        let answer = minreq::get(format!("http://{address}/")).send().unwrap();
        assert_eq!(answer.as_str().unwrap(), body);
    }
}

#[test]
fn minreq_takes_a_body_that_is_shorter_than_its_length_for_whole() {
    let (address, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort");
    let answer = minreq::get(format!("http://{address}/")).send().unwrap();
    assert_eq!(answer.as_str().unwrap(), "short");
}

#[test]
fn minreq_takes_a_head_that_breaks_off_for_whole() {
    for wire in ["HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX-A: b\r\nX-B"] {
        let (address, _) = answer(wire);
        let answer = minreq::get(format!("http://{address}/")).send().unwrap();
        assert_eq!((answer.status_code, answer.as_bytes()), (200, &b""[..]));
    }
}

#[test]
fn minreq_makes_up_a_503_where_there_is_no_answer() {
    for wire in ["", "no HTTP at all\r\n\r\n"] {
        let (address, _) = answer(wire);
        let answer = minreq::get(format!("http://{address}/")).send().unwrap();
        assert_eq!(answer.status_code, 503);
        assert_eq!(answer.reason_phrase, "Server did not provide a status line");
    }
}

#[test]
fn minreq_takes_an_interim_answer_for_the_final_one() {
    let (address, _) = answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nok");
    let answer = minreq::get(format!("http://{address}/")).send().unwrap();
    assert_eq!(answer.status_code, 100);
    assert_eq!(answer.as_str().unwrap(), "HTTP/1.1 200 OK\r\n\r\nok");
}

#[test]
fn minreq_fails_at_a_head_that_is_no_utf_8() {
    for wire in [&b"HTTP/1.1 200 OK\r\nX: \xe9\r\n\r\n"[..], b"HTTP/1.1 200 \xe9\r\n\r\n"] {
        let address = listen(move |mut stream| {
            read_head(&stream);
            let _ = stream.write_all(wire);
        });
        let error = minreq::get(format!("http://{address}/")).send().unwrap_err();
        assert!(matches!(error, minreq::Error::InvalidUtf8InResponse), "{error}");
    }
}

#[test]
fn minreq_takes_a_list_of_equal_lengths_for_none() {
    let (address, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok");
    let error = minreq::get(format!("http://{address}/")).send().unwrap_err();
    assert!(matches!(error, minreq::Error::MalformedContentLength), "{error}");
}

#[test]
fn minreq_takes_the_last_of_several_lengths() {
    let (address, _) =
        answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: +4\r\n\r\nok, more");
    let answer = minreq::get(format!("http://{address}/")).send().unwrap();
    assert_eq!(answer.as_str().unwrap(), "ok, ");
}

#[test]
fn minreq_does_not_look_at_the_version() {
    let (address, _) = answer("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(minreq::get(format!("http://{address}/")).send().unwrap().status_code, 200);
}

#[test]
fn minreq_sends_a_host_beside_the_one_that_it_is_given() {
    let (address, heads) = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    minreq::get(format!("http://{address}/")).with_header("Host", "kendra.test").send().unwrap();
    let head = heads.recv().unwrap();
    assert!(head.contains(&format!("Host: {address}\r\nHost: kendra.test\r\n")), "{head}");
}

#[test]
fn minreq_takes_field_values_as_text_alone() {
    // Whatever it is given becomes a `String`.
    let with_header: fn(minreq::Request, &'static str, String) -> minreq::Request =
        minreq::Request::with_header;
    let (heads, received) = channel();
    let address = listen(move |mut stream| {
        let _ = heads.send(read_head_bytes(&stream).unwrap());
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    // What a value may be (RFC 9110 section 5.5), but no `String`: made text, it is another.
    let text = String::from_utf8_lossy(b"caf\xe9").into_owned();
    with_header(minreq::get(format!("http://{address}/")), "X-Text", text).send().unwrap();
    let head = received.recv().unwrap();
    let line = head.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"X-Text"));
    assert_eq!(line, Some(&b"X-Text: caf\xef\xbf\xbd\r"[..]));
}

/// The line, which LF alone ends, is as long as the limit allows; more is taken off than is left.
#[test]
fn minreq_panics_at_a_head_that_is_as_long_as_it_may_be() {
    let address = listen(|mut stream| {
        read_head(&stream);
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nX: {:0>60}\n\r\n", 1);
    });
    // 3 for the name, 60 for the value, 1 for the LF.
    let request = minreq::get(format!("http://{address}/")).with_max_headers_size(64);
    let sending = std::thread::spawn(move || request.send());
    // Without checks for overflow, as in a release, it goes on without any limit.
    let panicked = sending.join().is_err();
    assert_eq!(panicked, cfg!(debug_assertions));
}

#[test]
fn minreq_has_time_limits_of_whole_seconds_alone() {
    let address = listen(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let began = Instant::now();
    let error = minreq::get(format!("http://{address}/")).with_timeout(1).send().unwrap_err();
    let minreq::Error::IoError(error) = error else { panic!("{error}") };
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert!(began.elapsed() >= Duration::from_secs(1));
}
