//! A logger that itself sends, while ureq connects and writes. A test binary of its own: a logger is for
//! the whole process.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use kendra_sync_blocking::BlockingTransport;
use kendra_sync_blocking::kendra_sync_core::blocking::HttpTransport;
use kendra_sync_blocking::kendra_sync_core::{Delivery, TransportErrorKind};
use kendra_sync_test_servers::{End, Raw};

/// Sends each line of ureq's, but for those of its own sending.
struct Shipping {
    transport: BlockingTransport,
    url: String,
    sent: AtomicU32,
}

thread_local! {
    static SHIPPING: Cell<bool> = const { Cell::new(false) };
}

impl log::Log for Shipping {
    fn enabled(&self, _metadata: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if !record.target().starts_with("ureq") || SHIPPING.replace(true) {
            return;
        }
        let line = Bytes::from(record.args().to_string());
        let request = Request::post(&self.url).body(line).unwrap();
        self.transport.send(request, LONG).unwrap();
        SHIPPING.set(false);
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn an_exchange_in_which_another_one_is_sent_is_told_of_its_own_delivery() {
    let lines =
        Raw::answering(|_, _| b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let logger =
        Shipping { transport: BlockingTransport::new(), url: lines.url(), sent: AtomicU32::new(0) };
    let logger: &'static Shipping = Box::leak(Box::new(logger));
    log::set_logger(logger).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let silent = Raw::start(vec![Vec::new()], End::Close).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, told) in [
        (silent.url(), (TransportErrorKind::Interrupted, Delivery::MaybeSent)),
        (format!("http://{closed}"), (TransportErrorKind::Connect, Delivery::NotSent)),
    ] {
        let before = logger.sent.load(Ordering::Relaxed);
        let send = move || {
            let request = Request::post(url).body(Bytes::from_static(b"{}")).unwrap();
            BlockingTransport::new().send(request, LONG).unwrap_err()
        };
        let error = tokio::task::spawn_blocking(send).await.unwrap();
        assert_eq!((error.kind(), error.delivery()), told);
        assert!(logger.sent.load(Ordering::Relaxed) > before);
    }
}

const LONG: Duration = Duration::from_secs(30);
