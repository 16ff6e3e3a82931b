//! ureq: the end of TLS.

use std::io::Write;
use std::sync::Arc;

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::server::{listen, read_head};

/// A server's side for `localhost`, and an agent that trusts it.
fn tls() -> (Arc<ServerConfig>, ureq::Agent) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let root = Certificate::from_der(made.cert.der()).to_owned();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[root]))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let agent = ureq::Agent::config_builder().proxy(None).tls_config(tls).build().into();
    (Arc::new(config), agent)
}

#[test]
fn ureq_takes_tls_without_close_notify_for_the_end_of_a_body() {
    let (config, agent) = tls();
    let address = listen(move |stream, _| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        read_head(&mut stream);
        // Ends TCP, as anyone on the way could, but not TLS.
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf of ").unwrap();
    });
    let mut response = agent.get(format!("https://localhost:{}/", address.port())).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "half of ");
}

#[test]
fn ureq_keeps_a_tls_connection_whose_close_notify_it_has_read() {
    let (config, agent) = tls();
    let address = listen(move |mut stream, _| {
        let mut connection = ServerConnection::new(config.clone()).unwrap();
        read_head(rustls::Stream::new(&mut connection, &mut stream));
        connection.writer().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        connection.send_close_notify();
        let mut at_once = Vec::new();
        while connection.wants_write() {
            connection.write_tls(&mut at_once).unwrap();
        }
        stream.write_all(&at_once).unwrap();
        // TCP stays open until the client ends it.
        read_head(&stream);
    });
    let url = format!("https://localhost:{}/", address.port());
    let mut first = agent.get(&url).call().unwrap();
    assert_eq!(first.body_mut().read_to_string().unwrap(), "ok");
    let second = agent.get(&url).call().unwrap_err();
    assert_eq!(second.to_string(), "io: Peer disconnected");
}
