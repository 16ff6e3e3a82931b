//! Clients that send too much, too slowly, or break off.

use std::time::Duration;

use kendra_sync_emulator::Emulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{INDEX, SOURCE, Unsigned, exchange, stop_at};

const MIB: usize = 1024 * 1024;

async fn connect(emulator: &Emulator) -> TcpStream {
    TcpStream::connect(emulator.local_addr()).await.unwrap()
}

/// Writes and then reads until the server closes; a reset counts as closed.
async fn until_closed(stream: &mut TcpStream, request: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    if stream.write_all(request).await.is_ok() {
        let _ = stream.read_to_end(&mut answer).await;
    }
    answer
}

async fn assert_it_still_serves(emulator: &Emulator) {
    assert_eq!(stop_at(emulator).send(emulator).await.status, 200);
}

#[tokio::test]
async fn a_body_may_have_one_mebibyte() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    let mut request = stop_at(&emulator);
    request.body.resize(MIB, b' ');
    assert_eq!(request.send(&emulator).await.status, 200);

    request.body.push(b' ');
    let reply = request.send(&emulator).await;
    assert_eq!(reply.error(), (413, "RequestEntityTooLargeException".to_owned()));
    assert_eq!(reply.header("connection"), Some("close"));
    assert_it_still_serves(&emulator).await;
}

#[tokio::test]
async fn a_chunked_body_is_limited_too() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    let request = stop_at(&emulator).sign();
    let plain = String::from_utf8(request.to_bytes()).unwrap();
    let (head, body) = plain.split_at(plain.len() - request.body.len());
    let length = format!("content-length: {}", body.len());
    let head = head.replace(&length, "transfer-encoding: chunked");
    let chunk = |data: &[u8]| [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat();
    let end = b"0\r\n\r\n".as_slice();

    let mut stream = connect(&emulator).await;
    let (first, second) = body.as_bytes().split_at(10);
    let request = [head.as_bytes(), &chunk(first), &chunk(second), end].concat();
    assert_eq!(exchange(&mut stream, &request).await.status, 200);

    let half = chunk(&vec![b' '; MIB / 2 + 1]);
    let request = [head.as_bytes(), &half, &half, end].concat();
    assert_eq!(exchange(&mut stream, &request).await.status, 413);
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    let mut stream = connect(&emulator).await;
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9999999999999\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let block = vec![b' '; MIB];
    let mut blocks = 0;
    while stream.write_all(&block).await.is_ok() {
        blocks += 1;
        assert!(blocks < 1_000, "it takes all there is");
    }
    assert_it_still_serves(&emulator).await;
}

#[tokio::test]
async fn a_body_that_breaks_off_gets_no_answer() {
    let emulator = Emulator::start().await.unwrap();
    let source = emulator.add_data_source(INDEX, SOURCE).unwrap();
    let mut stream = connect(&emulator).await;
    let mut request = stop_at(&emulator).sign().to_bytes();
    request.pop();
    stream.write_all(&request).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(until_closed(&mut stream, b"").await, b"");
    assert_eq!((source.stops(), emulator.requests()), (0, 1));
    assert_it_still_serves(&emulator).await;
}

#[tokio::test]
async fn a_client_may_end_its_side_before_the_answer() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    let mut stream = connect(&emulator).await;
    stream.write_all(&stop_at(&emulator).sign().to_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = until_closed(&mut stream, b"").await;
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", answer.escape_ascii());
}

#[tokio::test]
async fn what_is_not_http_is_turned_away() {
    let emulator = Emulator::start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    let long_head = format!("POST / HTTP/1.1\r\nhost: {}\r\n\r\n", "a".repeat(100_000));
    for request in [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", long_head.as_bytes()] {
        let answer = until_closed(&mut connect(&emulator).await, request).await;
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            answer.escape_ascii()
        );
    }
    assert_eq!(emulator.requests(), 0);
    assert_it_still_serves(&emulator).await;
}

/// Waits for real, as the timeout is what is tested.
#[tokio::test]
async fn slow_clients_are_cut_off() {
    let builder = Emulator::builder().read_timeout(Duration::from_millis(100));
    let emulator = builder.start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();

    let half_a_head = until_closed(&mut connect(&emulator).await, b"POST / HTTP/1.1\r\nho").await;
    assert_eq!(half_a_head, b"");
    let silent = until_closed(&mut connect(&emulator).await, b"").await;
    assert_eq!(silent, b"");

    let mut without_end = stop_at(&emulator).sign().to_bytes();
    without_end.pop();
    let reply = exchange(&mut connect(&emulator).await, &without_end).await;
    assert_eq!(reply.error(), (408, "RequestTimeoutException".to_owned()));
    assert_eq!(reply.header("connection"), Some("close"));
    assert_it_still_serves(&emulator).await;
}

#[tokio::test]
async fn a_huge_timeout_is_no_panic() {
    let builder = Emulator::builder().read_timeout(Duration::MAX).abort_after(Duration::MAX);
    let emulator = builder.start().await.unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    assert_it_still_serves(&emulator).await;
    let bad = Unsigned { body: Vec::new(), ..stop_at(&emulator) };
    assert_eq!(bad.send(&emulator).await.status, 400);
}
