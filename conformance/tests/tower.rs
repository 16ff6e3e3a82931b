//! `TowerTransport` around hyper-util's client and two layers against the catalogue.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kendra_sync_conformance::{Caps, Env, Suite};
use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, InvalidResponse, Timeout, Tls};
use kendra_sync_core::transport::MAX_HEAD;
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_hyper::rustls::{self, ClientConfig};
use kendra_sync_tower::{Deadline, TowerTransport};
use tower::{Service, ServiceBuilder};

use self::roots::roots;

mod roots;

type BoxError = Box<dyn StdError + Send + Sync>;

fn main() -> ExitCode {
    let caps = Caps::CANCEL | Caps::LIMIT | Caps::TIMEOUT | Caps::TLS;
    Suite::new("kendra-sync-tower", env!("CARGO_PKG_VERSION"))
        .variant("pooled", caps | Caps::POOL, |env| async move { transport(env, usize::MAX) })
        .variant("not-pooled", caps, |env| async move { transport(env, 0) })
        .main()
}

fn transport(env: Env, max_idle: usize) -> Result<impl HttpTransport, rustls::Error> {
    let client = Client::builder(TokioExecutor::new())
        .http1_max_buf_size(MAX_HEAD)
        .http1_max_headers(512)
        .pool_max_idle_per_host(max_idle)
        .pool_timer(TokioTimer::new())
        .build(connector(&env)?);
    // More than any scenario sends at once, so that nobody waits for readiness.
    let service = ServiceBuilder::new()
        .concurrency_limit(256)
        .map_request(|request: Request<Bytes>| request.map(Full::new))
        .service(Closing(client));
    Ok(TowerTransport::new(service).timer(tokio::time::sleep).classify(classify))
}

fn connector(env: &Env) -> Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(env)?)
        .with_no_client_auth();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(env.connect_timeout()));
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp))
}

/// hyper-util's client, but a connection is used again only after an answer that was read to its end, and a
/// limit that passes tells whether there was a connection.
#[derive(Clone)]
struct Closing(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Service<Request<Full<Bytes>>> for Closing {
    type Response = Response<Read>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Read>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<Full<Bytes>>) -> Self::Future {
        let limit = request.extensions().get::<Deadline>().map(Deadline::keep);
        let connection = Connection { captured: capture_connection(&mut request), clean: false };
        let sending = self.0.call(request);
        Box::pin(async move {
            let Some(limit) = limit else { return Ok(sending.await?.map(|b| Read(b, connection))) };
            match tokio::time::timeout_at(limit.into(), sending).await {
                Ok(response) => Ok(response?.map(|body| Read(body, connection))),
                Err(_elapsed) => {
                    let made = connection.captured.connection_metadata().is_some();
                    let delivery = if made { Delivery::MaybeSent } else { Delivery::NotSent };
                    Err(TransportError::new(Timeout, delivery).into())
                }
            }
        })
    }
}

struct Connection {
    captured: CaptureConnection,
    /// Its answer was read to the end.
    clean: bool,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(connection) = &*self.captured.connection_metadata()
            && !self.clean
        {
            connection.poison();
        }
    }
}

/// A body, and the connection that it comes from.
struct Read(Incoming, Connection);

impl Body for Read {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.0).poll_frame(context);
        self.1.clean = matches!(polled, Poll::Ready(None));
        polled
    }
}

/// What hyper-util's errors, and those of hyper's bodies, mean.
fn classify(error: &(dyn StdError + 'static)) -> Option<(TransportErrorKind, Delivery)> {
    let io = find::<io::Error>(error);
    let trust = io.is_some_and(is_distrust);
    if error.downcast_ref::<ClientError>().is_some_and(ClientError::is_connect) {
        let kind = match io.map(io::Error::kind) {
            _ if trust => Tls,
            Some(io::ErrorKind::TimedOut) => Timeout,
            _ => Connect,
        };
        return Some((kind, Delivery::NotSent));
    }
    let error = find::<hyper::Error>(error)?;
    // hyper hands a request back as canceled when its connection closed before it was started.
    let delivery = if error.is_canceled() { Delivery::NotSent } else { Delivery::MaybeSent };
    let malformed = io.is_some_and(|io| {
        matches!(io.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
    });
    let kind = match error {
        _ if trust => Tls,
        error if error.is_parse() || malformed => InvalidResponse,
        _ => Interrupted,
    };
    Some((kind, delivery))
}

/// Whether rustls refused the peer. It may be wrapped more than once, and `source()` passes over what is in an
/// I/O error.
fn is_distrust(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| {
        inner.is::<rustls::Error>() || inner.downcast_ref().is_some_and(is_distrust)
    })
}

/// The first error of type `E` in the chain of causes.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
