//! kendra-sync's transport over [aws-smithy-http-client]: what the AWS SDK for Rust sends with, without the SDK.
//!
//! [aws-smithy-http-client]: aws_smithy_http_client

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::http::Request as SdkRequest;
use aws_smithy_types::body::SdkBody;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::BodyExt;
use kendra_sync_core::transport::{BodyLimit, check_answer, check_request};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use tokio::runtime::Handle;

use crate::watched::{Sent, Watched};

mod failure;
mod watched;

/// Sends over the SDK's connector.
pub struct SmithyTransport {
    connector: Connector,
}

impl SmithyTransport {
    /// A transport that trusts `roots`, each in DER, and takes at most `connect_timeout` to connect.
    ///
    /// # Errors
    ///
    /// The SDK's, when TLS cannot be set up so.
    pub fn new(
        roots: &[Vec<u8>],
        connect_timeout: Duration,
    ) -> Result<Self, aws_smithy_http_client::HttpClientError> {
        let trusted = roots.iter().fold(TrustStore::empty(), |store, root| {
            let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
            store
                .with_pem_certificate(format!("{begin}\n{}\n{end}\n", BASE64_STANDARD.encode(root)))
        });
        let settings = HttpConnectorSettings::builder().connect_timeout(connect_timeout).build();
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(TlsContext::builder().with_trust_store(trusted).build()?)
            .connector_settings(settings)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .sleep_impl(TokioSleep::new())
            .build();
        Ok(Self { connector })
    }

    async fn exchange(
        &self,
        request: SdkRequest,
        sent: &Sent,
    ) -> Result<Response<Bytes>, TransportError> {
        let answered = self.connector.call(request).await;
        let answer = answered.map_err(|error| failure::of_request(error, sent))?;
        let answer = answer.try_into_http1x().map_err(failure::of_answer)?;
        let (head, mut body) = answer.into_parts();
        // hyper's own bound for heads is that of a buffer, which is larger.
        check_answer(&head.headers)?;
        let mut taken = BodyLimit::new();
        while let Some(frame) = body.frame().await {
            // A frame that is no data holds trailers, which are not part of the answer.
            let frame = frame.map_err(failure::of_body)?.into_data();
            if frame.is_ok_and(|data| taken.take(&data).is_break()) {
                break;
            }
        }
        let mut response = Response::new(taken.into_bytes());
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        Ok(response)
    }
}

#[async_trait]
impl HttpTransport for SmithyTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        check_request(&request, timeout)?;
        if Handle::try_current().is_err() {
            let unsent = TransportError::new(TransportErrorKind::Other, Delivery::NotSent);
            return Err(unsent.with_source("no tokio runtime is running"));
        }
        let sent = Sent::default();
        let mut request = of_http(request, &sent)?;
        let connection = CaptureSmithyConnection::new();
        request.add_extension(connection.clone());
        let ended = tokio::time::timeout(timeout, self.exchange(request, &sent)).await;
        let outcome = ended.unwrap_or_else(|_elapsed| {
            Err(TransportError::new(TransportErrorKind::Timeout, sent.delivery()))
        });
        if outcome.is_err()
            && let Some(connection) = connection.get()
        {
            // hyper would keep one whose answer it has read to the end.
            connection.poison();
        }
        outcome
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Shows no more than the name.
impl fmt::Debug for SmithyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmithyTransport").finish_non_exhaustive()
    }
}

/// As the SDK takes it, or why that cannot be sent.
fn of_http(mut request: Request<Bytes>, sent: &Sent) -> Result<SdkRequest, TransportError> {
    let refused = |source: Box<dyn std::error::Error + Send + Sync>| {
        let kind = TransportErrorKind::InvalidRequest;
        TransportError::new(kind, Delivery::NotSent).with_source(source)
    };
    *request.version_mut() = Version::HTTP_11;
    let request = request.map(|body| SdkBody::from_body_1_x(Watched::new(body, sent)));
    SdkRequest::try_from(request).map_err(|error| refused(error.into()))
}

/// Shorter than the minute after which load balancers close idle connections by default.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);
