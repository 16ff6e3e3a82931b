//! ureq: where a body ends.

use std::io::{Read, Write};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use crate::agent::agent;
use crate::server::{listen, read_head};

#[test]
fn ureq_takes_a_reset_for_the_end_of_a_body() {
    let read = Arc::new(Barrier::new(2));
    let was_read = read.clone();
    let address = listen(move |mut stream, _| {
        read_head(&stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of ").unwrap();
        was_read.wait();
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let response = agent().get(format!("http://{address}/")).call().unwrap();
    let mut body = response.into_body().into_reader();
    body.read_exact(&mut [0; 8]).unwrap();
    read.wait();
    assert_eq!(body.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn ureq_takes_a_chunked_body_for_whole_that_is_cut_after_the_last_chunk() {
    for cut in ["", "X-Checksum: 7\r\n"] {
        let address = listen(move |mut stream, _| {
            read_head(&stream);
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            write!(stream, "{head}5\r\nhello\r\n0\r\n{cut}").unwrap();
        });
        let mut response = agent().get(format!("http://{address}/")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    }
}

#[test]
fn ureq_keeps_the_connection_of_an_http_1_0_answer_with_a_transfer_coding() {
    let address = listen(|mut stream, number| {
        while read_head(&stream).is_some() {
            let head = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\
                Transfer-Encoding: chunked\r\nContent-Length: 11";
            write!(stream, "{head}\r\nX-Number: {number}\r\n\r\n1\r\na\r\n0\r\n\r\n").unwrap();
        }
    });
    let agent = agent();
    for _ in 0..2 {
        let mut response = agent.get(format!("http://{address}/")).call().unwrap();
        assert_eq!(response.headers()["x-number"], "0");
        assert_eq!(response.body_mut().read_to_string().unwrap(), "1\r\na\r\n0\r\n\r\n");
    }
}

#[test]
fn ureq_reads_an_http_1_0_answer_with_a_transfer_coding_to_the_end() {
    let address = listen(|mut stream, _| {
        read_head(&stream);
        let head = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        write!(stream, "{head}1\r\na\r\n0\r\n\r\n").unwrap();
    });
    let mut response = agent().get(format!("http://{address}/")).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "1\r\na\r\n0\r\n\r\n");
}

#[test]
fn ureq_takes_a_chunk_size_with_a_sign() {
    let address = listen(|mut stream, _| {
        read_head(&stream);
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        write!(stream, "{head}+5\r\nhello\r\n+0\r\n\r\n").unwrap();
    });
    let mut response = agent().get(format!("http://{address}/")).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
}

#[test]
fn ureq_refuses_a_chunk_whose_size_and_extension_take_over_20_bytes() {
    let address = listen(|mut stream, _| {
        read_head(&stream);
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        write!(stream, "{head}5;name=\"abcdefghijkl\"\r\nhello\r\n0\r\n\r\n").unwrap();
    });
    let mut response = agent().get(format!("http://{address}/")).call().unwrap();
    let error = response.body_mut().read_to_string().unwrap_err();
    assert_eq!(error.to_string(), "protocol: chunk expected crlf as next character");
}

#[test]
fn ureq_drops_trailers_without_a_bound() {
    let address = listen(|mut stream, _| {
        read_head(&stream);
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        write!(stream, "{head}2\r\nok\r\n0\r\n").unwrap();
        for _ in 0..300 {
            write!(stream, "X-Trailer: {:1000}\r\n", "x").unwrap();
        }
        stream.write_all(b"\r\n").unwrap();
    });
    let mut response = agent().get(format!("http://{address}/")).call().unwrap();
    let body = response.body_mut().with_config().limit(2).read_to_string();
    assert_eq!(body.unwrap(), "ok");
}

#[test]
fn ureq_takes_chunked_and_a_length_for_the_framing_although_another_coding_is_the_last() {
    for (fields, wire) in [
        ("Transfer-Encoding: chunked, gzip", "5\r\nhello\r\n0\r\n\r\n"),
        ("Transfer-Encoding: gzip\r\nContent-Length: 5", "hello and more"),
    ] {
        let address = listen(move |mut stream, _| {
            read_head(&stream);
            write!(stream, "HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{wire}").unwrap();
        });
        let mut response = agent().get(format!("http://{address}/")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
    }
}
