//! The hyper transport and its runtime. What holds for every transport is in the transport tests.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use kendra_sync_hyper::HyperTransport;
use kendra_sync_hyper::kendra_sync_core::{Delivery, HttpTransport, TransportErrorKind};
use kendra_sync_test_servers::{End, Raw};

const LONG: Duration = Duration::from_secs(30);
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn request(url: &str) -> Request<Bytes> {
    Request::post(url).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn an_answer_may_have_500_fields() {
    let fields = "X: a\r\n".repeat(500);
    let answer = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n").into_bytes();
    let server = Raw::start(vec![answer], End::Hold).await;
    let response = HyperTransport::new().send(request(&server.url()), LONG).await.unwrap();
    assert_eq!(response.headers().get_all("x").iter().count(), 500);
}

#[test]
fn outside_a_runtime_send_is_an_error() {
    let transport = HyperTransport::new();
    let sending = transport.send(request("http://127.0.0.1:9/"), LONG);
    let mut sending = std::pin::pin!(sending);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match sending.as_mut().poll(&mut context) {
        std::task::Poll::Ready(result) => {
            let error = result.unwrap_err();
            let expected = (TransportErrorKind::Other, Delivery::NotSent);
            assert_eq!((error.kind(), error.delivery()), expected);
        }
        std::task::Poll::Pending => panic!("pending without a runtime"),
    }
}

#[tokio::test]
async fn dropping_the_future_closes_the_connection() {
    let server = Raw::start(vec![Vec::new()], End::Hold).await;
    let transport = HyperTransport::new();
    let url = server.url();
    let sending = tokio::spawn(async move { transport.send(request(&url), LONG).await });
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    sending.abort();
    server.ended(1).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_pool_outlives_the_runtime_that_filled_it() {
    let server = Raw::start(vec![OK.to_vec()], End::Hold).await;
    let transport = HyperTransport::new();
    let (first, url) = (transport.clone(), server.url());
    let on_another = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(first.send(request(&url), LONG)).map(|response| response.status())
    });
    let status = tokio::task::spawn_blocking(|| on_another.join().unwrap()).await.unwrap();
    assert_eq!(status.unwrap(), 200);
    assert_eq!(transport.send(request(&server.url()), LONG).await.unwrap().status(), 200);
    assert_eq!(server.accepted(), 2);
}
