//! hyper, hyper-util and hyper-rustls.

use std::io::Write;
use std::sync::Arc;

use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::Builder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower_service::Service;

use crate::server::{listen, read_head};

#[tokio::test]
async fn hyper_reads_a_head_larger_than_its_largest_buffer() {
    let limited_by_buffer = Builder::new().max_buf_size(64 * 1024).clone();
    let limited_by_head = limited_by_buffer.clone().max_header_size(64 * 1024).clone();
    for (builder, is_read) in [(limited_by_buffer, true), (limited_by_head, false)] {
        let (client, mut server) = tokio::io::duplex(1024 * 1024);
        tokio::spawn(async move {
            server.read_buf(&mut Vec::with_capacity(1024)).await.unwrap();
            let long = "x".repeat(100_000);
            let head = format!("HTTP/1.1 204 No Content\r\nX-Long: {long}\r\n\r\n");
            server.write_all(head.as_bytes()).await.unwrap();
            // Open until the client has gone.
            server.read_buf(&mut Vec::with_capacity(1)).await
        });
        let (mut send, connection) = builder.handshake(TokioIo::new(client)).await.unwrap();
        tokio::spawn(connection);
        let response = send.send_request(http::Request::new(Empty::<&[u8]>::new())).await;
        assert_eq!(response.is_ok(), is_read, "{response:?}");
    }
}

#[tokio::test]
async fn hyper_keeps_the_connection_of_an_answer_with_a_transfer_coding_and_a_length() {
    let address = listen(|mut stream, number| {
        while read_head(&stream).is_some() {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2";
            write!(stream, "{head}\r\nX-Number: {number}\r\n\r\n1\r\na\r\n0\r\n\r\n").unwrap();
        }
    });
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
    let mut used = Vec::new();
    for _ in 0..100 {
        let uri = format!("http://{address}/").parse().unwrap();
        let response = client.get(uri).await.unwrap();
        used.push(response.headers()["x-number"].clone());
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "a");
    }
    used.dedup();
    assert!(used.len() < 100);
}

#[tokio::test]
async fn hyper_keeps_the_connection_of_an_answer_that_nobody_read() {
    let address = listen(|mut stream, number| {
        while read_head(&stream).is_some() {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 2";
            write!(stream, "{head}\r\nX-Number: {number}\r\n\r\nok").unwrap();
        }
    });
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
    let mut used = Vec::new();
    for _ in 0..100 {
        let uri = format!("http://{address}/").parse().unwrap();
        let response = client.get(uri).await.unwrap();
        used.push(response.headers()["x-number"].clone());
        drop(response);
    }
    used.dedup();
    assert!(used.len() < 100);
}

#[tokio::test]
async fn hyper_rustls_judges_a_name_before_it_is_looked_up() {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    let mut connector = hyper_rustls::HttpsConnector::from((tcp, config));
    let uri = format!("https://{}.example/", "a".repeat(64)).parse().unwrap();
    let error = connector.call(uri).await.unwrap_err();
    assert!(error.is::<rustls::pki_types::InvalidDnsNameError>(), "{error:?}");
}
