//! The transport over real sockets: what goes out, what comes back, and how it fails.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::transport::MAX_BODY;
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_test_servers::{End, Raw, read_request};
use kendra_sync_transport_tests::{Options, Subject, for_each_subject};

use Delivery::{MaybeSent, NotSent};
use TransportErrorKind::{Connect, Interrupted, InvalidRequest, InvalidResponse, Timeout};

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(500);
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn request(url: &str) -> Request<Bytes> {
    Request::post(url).header("x-test", "a  b").body(Bytes::from_static(b"{\"a\": 1}")).unwrap()
}

async fn send(
    subject: Subject,
    url: &str,
    timeout: Duration,
) -> Result<Response<Bytes>, TransportError> {
    subject.transport(Options::default()).send(request(url), timeout).await
}

#[track_caller]
fn failure(result: Result<Response<Bytes>, TransportError>) -> (TransportErrorKind, Delivery) {
    let error = result.unwrap_err();
    (error.kind(), error.delivery())
}

async fn a_request_goes_out_as_given_with_its_length_alone_added(subject: Subject) {
    let server = Raw::start(vec![OK.to_vec()], End::Hold).await;
    let url = server.url().replace("://", "://user:pass@");
    let mut given = request(&format!("{url}/pre%20fix/"));
    given.headers_mut().insert("host", "signed.example:1".parse().unwrap());
    let response = subject.transport(Options::default()).send(given, LONG).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"ok"[..]));

    let sent = server.requests();
    let [sent] = sent.as_slice() else { panic!("{} requests", sent.len()) };
    let sent = String::from_utf8_lossy(sent);
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    assert_eq!(lines.next(), Some("POST /pre%20fix/ HTTP/1.1"));
    let mut fields: Vec<&str> = lines.collect();
    fields.sort_unstable();
    assert_eq!(fields, ["content-length: 8", "host: signed.example:1", "x-test: a  b"]);
    assert_eq!(body, "{\"a\": 1}");
}

async fn an_ipv6_address_is_reached(subject: Subject) {
    let server = Raw::on("[::1]:0", vec![OK.to_vec()], End::Hold).await;
    assert_eq!(send(subject, &server.url(), LONG).await.unwrap().status(), 200);
}

/// Each answer, the connection's end after it, and what the transport makes of both.
async fn answers_are_taken_as_they_come(subject: Subject) {
    let mut deep_chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..40 {
        deep_chunks.extend_from_slice(b"10000\r\n");
        deep_chunks.extend_from_slice(&[b'x'; 0x10000]);
        deep_chunks.extend_from_slice(b"\r\n");
    }
    let long_field =
        format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "y".repeat(60_000));
    let many_fields =
        format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "X: a\r\n".repeat(120));
    let large = vec![b'x'; MAX_BODY + 1];
    let rows: Vec<(&[u8], End, u16, &[u8])> = vec![
        (b"HTTP/1.1 204 No Content\r\n\r\n", End::Hold, 204, b""),
        (b"HTTP/1.1 999\r\nContent-Length: 0\r\n\r\n", End::Hold, 999, b""),
        (b"HTTP/1.0 200 OK\r\n\r\nold", End::Close, 200, b"old"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", End::Close, 200, b"until the end"),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", End::Hold, 302, b""),
        (b"HTTP/1.1 100 Continue\r\nX-Hint: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", End::Hold, 200, b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Hint: 1\r\n\r\nHTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\n!", End::Hold, 400, b"!"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: 1\r\n\r\n", End::Hold, 200, b"abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\xff", End::Hold, 200, b"\x1f\x8b\xff"),
        (b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", End::Hold, 101, b""),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n", End::Hold, 503, b""),
        (long_field.as_bytes(), End::Hold, 200, b""),
        (many_fields.as_bytes(), End::Hold, 200, b""),
        (&deep_chunks, End::Hold, 200, &large),
    ];
    for (answer, end, status, body) in rows {
        let name = String::from_utf8_lossy(&answer[..answer.len().min(60)]);
        let server = Raw::start(vec![answer.to_vec()], end).await;
        let response =
            send(subject, &server.url(), LONG).await.unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(response.status().as_u16(), status, "{name}");
        assert_eq!(response.body(), body, "{name}");
        assert!(!response.headers().contains_key("x-hint"), "{name}");
        assert!(!response.headers().contains_key("x-trailer"), "{name}");
        assert_eq!(server.requests().len(), 1, "{name}");
        server.ended(1).await;
    }
}

async fn broken_answers_are_errors_that_may_have_been_sent(subject: Subject) {
    let bomb = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(70_000));
    let whole =
        format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: {}\r\n\r\n", "y".repeat(70_000));
    let fields = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    let reason = format!("HTTP/1.1 200 {}\r\nContent-Length: 0\r\n\r\n", "y".repeat(70_000));
    let rows: Vec<(&[u8], End, TransportErrorKind)> = vec![
        (b"", End::Close, Interrupted),
        (b"", End::Reset, Interrupted),
        (b"HTTP/1.1 20", End::Close, Interrupted),
        (b"HTTP/1.1 200 OK\r\nContent-Le", End::Close, Interrupted),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", End::Close, Interrupted),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", End::Reset, Interrupted),
        (b"HTTP/1.1 200 OK\r\n\r\nonly the connection's end tells", End::Reset, Interrupted),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            End::Close,
            Interrupted,
        ),
        // Who reads until the connection's end would take the next connection's bytes for this body's.
        (
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            End::Hold,
            InvalidResponse,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
            End::Hold,
            InvalidResponse,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", End::Hold, InvalidResponse),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nabcde",
            End::Hold,
            InvalidResponse,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 12\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            End::Hold,
            InvalidResponse,
        ),
        (b"\x15\x03\x01\x00\x02\x02\x28", End::Hold, InvalidResponse),
        (b"HTTP/2.0 200 OK\r\n\r\n", End::Hold, InvalidResponse),
        (bomb.as_bytes(), End::Hold, InvalidResponse),
        (whole.as_bytes(), End::Hold, InvalidResponse),
        (fields.as_bytes(), End::Hold, InvalidResponse),
        (reason.as_bytes(), End::Hold, InvalidResponse),
    ];
    for (answer, end, kind) in rows {
        let name = String::from_utf8_lossy(&answer[..answer.len().min(60)]);
        let server = Raw::start(vec![answer.to_vec()], end).await;
        assert_eq!(
            failure(send(subject, &server.url(), LONG).await),
            (kind, MaybeSent),
            "{name} {end:?}"
        );
        assert_eq!(server.requests().len(), 1, "{name} {end:?}");
        server.ended(1).await;
    }
}

async fn a_chunked_body_cut_at_any_byte_is_no_answer(subject: Subject) {
    let whole =
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n\r\n"[..];
    let head = whole.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    for length in head..whole.len() {
        let server = Raw::start(vec![whole[..length].to_vec()], End::Close).await;
        let told = failure(send(subject, &server.url(), LONG).await);
        assert_eq!(told, (Interrupted, MaybeSent), "{}", whole[head..length].escape_ascii());
    }
    let server = Raw::start(vec![whole.to_vec()], End::Close).await;
    assert_eq!(&send(subject, &server.url(), LONG).await.unwrap().body()[..], b"ab");
}

async fn silence_ends_with_the_limit_and_the_connection_with_it(subject: Subject) {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let server = Raw::start(vec![answer.to_vec()], End::Hold).await;
        assert_eq!(failure(send(subject, &server.url(), SHORT).await), (Timeout, MaybeSent));
        server.ended(1).await;
    }
}

async fn interim_answers_without_end_do_not_extend_the_limit(subject: Subject) {
    use tokio::io::AsyncWriteExt;
    // As fast as they are taken, and with a pause after each that starts every wait anew.
    for pause in [Duration::ZERO, SHORT / 20] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let interim = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await.unwrap();
            while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        });
        let told = failure(send(subject, &url, SHORT).await);
        assert_eq!(told, (Timeout, MaybeSent), "{pause:?}");
        interim.await.unwrap();
    }
}

async fn what_cannot_be_reached_was_not_sent(subject: Subject) {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    assert_eq!(failure(send(subject, &format!("http://{closed}"), LONG).await), (Connect, NotSent));
    // A label of more than 63 characters fails without a resolver (RFC 1035 section 2.3.4).
    let name = "a".repeat(64);
    assert_eq!(failure(send(subject, &format!("http://{name}/"), LONG).await), (Connect, NotSent));
}

async fn a_connection_that_is_not_made_in_time_was_not_sent(subject: Subject) {
    // Connections beyond a full backlog stay unanswered: the kernel drops their SYN.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let _fill = tokio::net::TcpStream::connect(address).await.unwrap();
    let url = format!("http://{address}");
    let transport =
        subject.transport(Options { connect_timeout: Some(SHORT), ..Options::default() });
    assert_eq!(failure(transport.send(request(&url), LONG).await), (Timeout, NotSent));
    assert_eq!(
        failure(subject.transport(Options::default()).send(request(&url), SHORT).await),
        (Timeout, NotSent)
    );
    // Limits that have passed before there is anything to connect to.
    for limit in [Duration::ZERO, Duration::from_nanos(1)] {
        let options = Options { connect_timeout: Some(limit), ..Options::default() };
        let told = failure(subject.transport(options).send(request(&url), LONG).await);
        assert_eq!(told, (Timeout, NotSent), "{limit:?}");
    }
}

async fn requests_that_cannot_be_sent_are_refused_unsent(subject: Subject) {
    let transport = subject.transport(Options::default());
    for uri in ["/", "ftp://localhost/", "localhost:80"] {
        let result = transport.send(request(uri), LONG).await;
        assert_eq!(failure(result), (InvalidRequest, NotSent), "{uri}");
    }
    let server = Raw::start(vec![OK.to_vec()], End::Hold).await;
    let result = transport.send(request(&server.url()), Duration::ZERO).await;
    assert_eq!(failure(result), (Timeout, NotSent));
    assert_eq!(server.accepted(), 0);
    let result = transport.send(request(&server.url()), Duration::MAX).await;
    assert_eq!(result.unwrap().status(), 200);
}

async fn a_clean_connection_is_used_again(subject: Subject) {
    let bad = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno".to_vec();
    let server = Raw::start(vec![bad, OK.to_vec(), OK.to_vec()], End::Hold).await;
    let transport = subject.transport(Options::default());
    for status in [400, 200, 200] {
        let response = transport.send(request(&server.url()), LONG).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
    assert_eq!((server.accepted(), server.requests().len()), (1, 3));
    drop(transport);
    server.ended(1).await;
}

async fn a_request_that_breaks_off_on_a_used_connection_is_not_sent_again(subject: Subject) {
    for end in [End::Reset, End::Close] {
        let server = Raw::start(vec![OK.to_vec(), Vec::new()], end).await;
        let transport = subject.transport(Options::default());
        assert_eq!(transport.send(request(&server.url()), LONG).await.unwrap().status(), 200);
        let result = transport.send(request(&server.url()), LONG).await;
        assert_eq!(failure(result), (Interrupted, MaybeSent));
        assert_eq!((server.accepted(), server.requests().len()), (1, 2));
    }
}

async fn a_connection_that_was_asked_to_close_is_not_used_again(subject: Subject) {
    let close = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec();
    let server = Raw::start(vec![close], End::Hold).await;
    let transport = subject.transport(Options::default());
    for _ in 0..2 {
        assert_eq!(transport.send(request(&server.url()), LONG).await.unwrap().status(), 200);
    }
    assert_eq!(server.accepted(), 2);
}

for_each_subject![
    a_request_goes_out_as_given_with_its_length_alone_added,
    an_ipv6_address_is_reached,
    answers_are_taken_as_they_come,
    broken_answers_are_errors_that_may_have_been_sent,
    a_chunked_body_cut_at_any_byte_is_no_answer,
    silence_ends_with_the_limit_and_the_connection_with_it,
    interim_answers_without_end_do_not_extend_the_limit,
    what_cannot_be_reached_was_not_sent,
    a_connection_that_is_not_made_in_time_was_not_sent,
    requests_that_cannot_be_sent_are_refused_unsent,
    a_clean_connection_is_used_again,
    a_request_that_breaks_off_on_a_used_connection_is_not_sent_again,
    a_connection_that_was_asked_to_close_is_not_used_again,
];
