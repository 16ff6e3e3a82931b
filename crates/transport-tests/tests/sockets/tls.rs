//! TLS against certificates made here: whom the transport trusts, and what it says when it does not.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_test_servers::{Authority, End, Notify, Raw, TlsServer};
use kendra_sync_transport_tests::{Options, Subject, for_each_subject};
use rustls::{ClientConfig, RootCertStore, ServerConnection};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use Delivery::{MaybeSent, NotSent};
use TransportErrorKind::{Connect, Interrupted, Timeout, Tls};

const LONG: Duration = Duration::from_secs(30);
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async fn send(
    transport: &dyn HttpTransport,
    host: &str,
    port: u16,
) -> Result<Response<Bytes>, TransportError> {
    let request = Request::post(format!("https://{host}:{port}/")).body(Bytes::new()).unwrap();
    transport.send(request, LONG).await
}

#[track_caller]
fn failure(result: Result<Response<Bytes>, TransportError>) -> (TransportErrorKind, Delivery) {
    let error = result.unwrap_err();
    (error.kind(), error.delivery())
}

fn trusting(subject: Subject, roots: RootCertStore) -> Arc<dyn HttpTransport> {
    subject.transport(Options { roots: Some(roots), ..Options::default() })
}

async fn a_certificate_of_a_trusted_authority_is_accepted(subject: Subject) {
    let authority = Authority::new("known");
    for name in ["localhost", "127.0.0.1"] {
        let port = TlsServer::start(authority.server(name, -1, 1), OK, Notify::Yes).await.port();
        let response = send(&trusting(subject, authority.roots()), name, port).await.unwrap();
        assert_eq!(response.body(), "ok");
    }
}

async fn both_tls_versions_are_spoken(subject: Subject) {
    let authority = Authority::new("known");
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = authority.server_of_versions("localhost", -1, 1, &[version]);
        let port = TlsServer::start(config, OK, Notify::Yes).await.port();
        assert_eq!(
            send(&trusting(subject, authority.roots()), "localhost", port).await.unwrap().status(),
            200
        );
    }
}

async fn what_cannot_be_trusted_gets_no_byte_of_the_request(subject: Subject) {
    let (known, other) = (Authority::new("known"), Authority::new("other"));
    for (config, problem) in [
        (other.server("localhost", -1, 1), "UnknownIssuer"),
        (known.server("wrong.invalid", -1, 1), "not valid for name"),
        (known.server("localhost", -3, -1), "expired"),
        (known.server("localhost", 1, 3), "not valid yet"),
    ] {
        let server = TlsServer::start(config, OK, Notify::Yes).await;
        let error =
            send(&trusting(subject, known.roots()), "localhost", server.port()).await.unwrap_err();
        assert_eq!(server.handshakes(), 0, "{problem}");
        assert_eq!((error.kind(), error.delivery()), (Tls, NotSent), "{problem}");
        let cause = causes(&error);
        assert!(cause.contains(problem), "{problem}: {cause}");
    }
}

fn causes(error: &TransportError) -> String {
    let first: &dyn std::error::Error = error;
    std::iter::successors(Some(first), |error| error.source()).map(|e| format!("{e}; ")).collect()
}

async fn the_platforms_roots_do_not_trust_an_authority_of_ours(subject: Subject) {
    let port =
        TlsServer::start(Authority::new("known").server("localhost", -1, 1), OK, Notify::Yes)
            .await
            .port();
    assert_eq!(
        failure(send(&subject.transport(Options::default()), "localhost", port).await),
        (Tls, NotSent)
    );
}

async fn a_whole_configuration_can_be_given(subject: Subject) {
    let authority = Authority::new("known");
    let mut server = authority.server("localhost", -1, 1);
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let port = TlsServer::start(server, OK, Notify::Yes).await.port();
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(authority.roots())
            .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let transport =
        subject.transport(Options { tls_config: Some(Arc::new(config)), ..Options::default() });
    assert_eq!(send(&transport, "localhost", port).await.unwrap().status(), 200);
}

async fn a_body_whose_end_only_the_connection_tells_needs_close_notify(subject: Subject) {
    let authority = Authority::new("known");
    let transport = trusting(subject, authority.roots());
    let open = "HTTP/1.1 200 OK\r\n\r\nperhaps all";
    let port =
        TlsServer::start(authority.server("localhost", -1, 1), open, Notify::No).await.port();
    assert_eq!(failure(send(&transport, "localhost", port).await), (Interrupted, MaybeSent));
    let port =
        TlsServer::start(authority.server("localhost", -1, 1), open, Notify::Yes).await.port();
    assert_eq!(send(&transport, "localhost", port).await.unwrap().body(), "perhaps all");
    let port = TlsServer::start(authority.server("localhost", -1, 1), OK, Notify::No).await.port();
    assert_eq!(send(&transport, "localhost", port).await.unwrap().body(), "ok");
}

async fn a_connection_that_tls_ended_along_with_the_answer_is_not_used_again(subject: Subject) {
    let authority = Authority::new("known");
    let config = Arc::new(authority.server("localhost", -1, 1));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut held = Vec::new();
        for mut tcp in listener.incoming().map_while(Result::ok) {
            let mut tls = ServerConnection::new(config.clone()).unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                rustls::Stream::new(&mut tls, &mut tcp).read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            tls.writer().write_all(OK.as_bytes()).unwrap();
            tls.send_close_notify();
            let mut at_once = Vec::new();
            while tls.wants_write() {
                tls.write_tls(&mut at_once).unwrap();
            }
            tcp.write_all(&at_once).unwrap();
            held.push(tcp);
        }
    });
    let transport = trusting(subject, authority.roots());
    for _ in 0..2 {
        assert_eq!(send(&transport, "localhost", port).await.unwrap().body(), "ok");
    }
}

async fn a_server_without_tls_never_sees_the_request(subject: Subject) {
    let plain = Raw::start(vec![OK.into()], End::Hold).await;
    let hello = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = hello.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = hello.accept().await {
            stream.write_all(OK.as_bytes()).await.unwrap();
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.unwrap();
        }
    });
    assert_eq!(
        failure(send(&subject.transport(Options::default()), "localhost", port).await),
        (Tls, NotSent)
    );
    let transport = subject
        .transport(Options { connect_timeout: Some(Duration::from_secs(1)), ..Options::default() });
    let result = send(&transport, "127.0.0.1", plain.address().port()).await;
    assert_eq!(failure(result), (Timeout, NotSent));
    // On a busy machine the limit may pass before a connection is there.
    plain.ended(plain.accepted()).await;
    assert_eq!(plain.requests(), Vec::<Vec<u8>>::new());
}

async fn a_peer_that_hangs_up_in_the_handshake_may_be_tried_again(subject: Subject) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    assert_eq!(
        failure(send(&subject.transport(Options::default()), "127.0.0.1", port).await),
        (Connect, NotSent)
    );
}

for_each_subject![
    a_certificate_of_a_trusted_authority_is_accepted,
    both_tls_versions_are_spoken,
    what_cannot_be_trusted_gets_no_byte_of_the_request,
    the_platforms_roots_do_not_trust_an_authority_of_ours,
    a_whole_configuration_can_be_given,
    a_body_whose_end_only_the_connection_tells_needs_close_notify,
    a_connection_that_tls_ended_along_with_the_answer_is_not_used_again,
    a_server_without_tls_never_sees_the_request,
    a_peer_that_hangs_up_in_the_handshake_may_be_tried_again,
];
