//! What reqwest 0.13.5 does. A test that fails means that it has changed.

#![expect(dead_code, reason = "not every file uses all of the servers")]

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::server::{answer, listen, read_head};

mod server;

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn reqwest_takes_dot_segments_out_and_adds_accept() {
    let (address, heads) = answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    client().get(format!("http://{address}/a/./b/../c")).send().await.unwrap();
    let head = heads.recv().unwrap();
    assert!(head.starts_with("GET /a/c HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("accept: */*\r\n"), "{head}");
}

/// Nor can its user close it: the answer tells that it is to be, and there is nothing to close.
#[tokio::test]
async fn reqwest_keeps_the_connection_of_an_answer_with_a_transfer_coding_and_a_length() {
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    let address = listen(move |mut stream| {
        count.fetch_add(1, Ordering::Relaxed);
        while read_head(&stream).is_some() {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2";
            write!(stream, "{head}\r\n\r\n1\r\na\r\n0\r\n\r\n").unwrap();
        }
    });
    let client = client();
    for _ in 0..100 {
        // The body is not read, as when the head is refused.
        drop(client.get(format!("http://{address}/")).send().await.unwrap());
    }
    let made = connections.load(Ordering::Relaxed);
    assert!(made < 100, "{made}");
}
