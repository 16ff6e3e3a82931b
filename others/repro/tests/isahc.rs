//! What isahc 2.0.2 does. A test that fails means that it has changed.

#![expect(dead_code, reason = "not every file uses all of the servers")]

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use futures_util::future::{Either, select};
use isahc::config::Configurable;
use isahc::error::ErrorKind;
use isahc::http::Response;
use isahc::http::{HeaderValue, Request};
use isahc::{Body, HttpClient};

use self::server::{answer, listen, read_head};

mod server;

fn client() -> HttpClient {
    HttpClient::builder().proxy(None).timeout(Duration::from_secs(2)).build().unwrap()
}

fn text(answer: &mut Response<Body>) -> std::io::Result<String> {
    let mut text = String::new();
    answer.body_mut().read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn isahc_panics_at_a_field_value_that_is_no_ascii() {
    let value = HeaderValue::from_bytes(b"\xe9").unwrap();
    let request = Request::get("http://127.0.0.1:9/").header("x", value).body(()).unwrap();
    let client = client();
    let sent = catch_unwind(AssertUnwindSafe(|| client.send(request)));
    let panic = sent.unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("request header value is not valid UTF-8!"), "{message}");
}

#[test]
fn isahc_takes_a_head_that_breaks_off_for_whole() {
    for wire in
        ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX-A: b", "HTTP/1.1 200 OK\r\nX-A: b\r\n"]
    {
        let (address, _) = answer(wire);
        let mut answer = client().get(format!("http://{address}/")).unwrap();
        assert_eq!((answer.status().as_u16(), text(&mut answer).unwrap()), (200, String::new()));
    }
}

#[test]
fn isahc_sends_a_path_of_its_own_and_adds_fields() {
    let (address, heads) = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    client().get(format!("http://{address}/a/./b/../%7e")).unwrap();
    let head = heads.recv().unwrap();
    assert!(head.starts_with("GET /a/%7E HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("Accept: */*\r\n") && head.contains("user-agent: curl/"), "{head}");
}

#[test]
fn isahc_tells_a_bad_chunk_as_a_broken_connection() {
    let (address, _) =
        answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n");
    let told = client().get(format!("http://{address}/")).map(|mut answer| text(&mut answer));
    let kind = match told {
        Err(error) => error.kind().clone(),
        Ok(text) => {
            let error = text.unwrap_err();
            error.get_ref().unwrap().downcast_ref::<isahc::Error>().unwrap().kind().clone()
        }
    };
    assert_eq!(kind, ErrorKind::Io);
}

#[test]
fn isahc_waits_for_another_answer_after_a_101_that_it_has_not_asked_for() {
    let address = listen(|mut stream| {
        read_head(&stream);
        let _ = write!(stream, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
        read_head(&stream);
    });
    let error = client().get(format!("http://{address}/")).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Timeout);
}

#[test]
fn isahc_keeps_the_connection_when_its_future_is_dropped() {
    let (ended, end) = channel();
    let address = listen(move |mut stream| {
        read_head(&stream);
        let _ = stream.read(&mut [0]);
        let _ = ended.send(());
    });
    let client = HttpClient::builder().proxy(None).timeout(Duration::from_secs(5)).build().unwrap();
    let sending = client.get_async(format!("http://{address}/"));
    let soon = futures_timer::Delay::new(Duration::from_millis(500));
    let Either::Right(_) = pollster::block_on(select(sending, soon)) else { panic!("an answer") };
    // Its future is dropped now, and nothing comes from the server.
    assert_eq!(end.recv_timeout(Duration::from_secs(2)), Err(RecvTimeoutError::Timeout));
}

static LOGGED: Mutex<String> = Mutex::new(String::new());

struct Kept;

impl log::Log for Kept {
    fn enabled(&self, _metadata: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        LOGGED.lock().unwrap().push_str(&line);
    }

    fn flush(&self) {}
}

#[test]
fn isahc_logs_request_heads_credentials_included() {
    log::set_logger(&Kept).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let (address, _) = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let request = Request::get(format!("http://{address}/")).header("authorization", "Sesame");
    client().send(request.body(()).unwrap()).unwrap();
    let logged = LOGGED.lock().unwrap();
    let line = logged.lines().find(|line| line.contains("Sesame")).unwrap_or_default();
    assert!(line.starts_with("isahc::wire"), "{line}");
}
