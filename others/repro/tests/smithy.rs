//! What aws-smithy-http-client 1.5.2 does. A test that fails means that it has changed.

#![expect(dead_code, reason = "not every file uses all of the servers")]

use std::sync::mpsc::channel;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::http::Request;
use rustls::server::Acceptor;

use self::server::listen;

mod server;

/// There is no setting for it.
#[tokio::test]
async fn smithy_offers_h2() {
    let (offered, offers) = channel();
    let address = listen(move |mut stream| {
        let mut acceptor = Acceptor::default();
        let accepted = loop {
            acceptor.read_tls(&mut stream).unwrap();
            if let Some(accepted) = acceptor.accept().ok().flatten() {
                break accepted;
            }
        };
        let alpn = accepted.client_hello().alpn().map(|all| all.map(<[u8]>::to_vec).collect());
        let _ = offered.send(alpn.unwrap_or_else(Vec::new));
    });
    let trusted = TlsContext::builder().with_trust_store(TrustStore::empty()).build().unwrap();
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(trusted)
        .sleep_impl(TokioSleep::new())
        .build();
    let request = Request::get(format!("https://localhost:{}/", address.port())).unwrap();
    connector.call(request).await.unwrap_err();
    assert_eq!(offers.recv().unwrap(), [b"h2".to_vec(), b"http/1.1".to_vec()]);
}
