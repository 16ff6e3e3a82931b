//! Servers of one answer, in clear and in TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Gives each connection to `serve`, on a thread of its own.
pub fn listen<F>(serve: F) -> SocketAddr
where
    F: Fn(TcpStream) + Clone + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, serve) = (stream.unwrap(), serve.clone());
            stream.set_nodelay(true).unwrap();
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Answers each request with `bytes` and closes the connection. The heads that came are received.
pub fn answer(bytes: &'static str) -> (SocketAddr, Receiver<String>) {
    let (heads, received) = channel();
    let address = listen(move |mut stream| {
        let Some(head) = read_head(&stream) else { return };
        let _ = heads.send(head);
        let _ = stream.write_all(bytes.as_bytes());
    });
    (address, received)
}

/// Reads one request's head; `None` when the connection has ended.
pub fn read_head(stream: impl Read) -> Option<String> {
    read_head_bytes(stream).map(|head| String::from_utf8_lossy(&head).into_owned())
}

/// The same, as it came.
pub fn read_head_bytes(mut stream: impl Read) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    Some(head)
}

/// Answers each request in TLS with `bytes`, as `localhost`, and ends TCP, but not TLS. With its certificate, which
/// names `localhost` as `named` says.
pub fn answer_in_tls(
    bytes: &'static str,
    named: rcgen::CertificateParams,
) -> (SocketAddr, CertificateDer<'static>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = named.self_signed(&key).unwrap().der().clone();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let address = listen(move |stream| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        if read_head(&mut stream).is_some() {
            let _ = stream.write_all(bytes.as_bytes());
        }
    });
    (address, certificate)
}
