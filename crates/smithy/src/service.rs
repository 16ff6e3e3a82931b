//! The SDK's connectors as transports of ours.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::TransportErrorKind::{Interrupted, InvalidRequest, Other, Timeout};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use kendra_sync_tower::TowerTransport;
use tower_service::Service;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A transport over a connector of the SDK's, such as aws-smithy-http-client's `Connector`.
///
/// # Examples
///
/// ```
/// use kendra_sync_hyper::HyperTransport;
/// use kendra_sync_smithy::{SdkHttpClient, sdk_transport};
///
/// // There and back again.
/// let transport = sdk_transport(SdkHttpClient::new(HyperTransport::new()));
/// # let _ = transport;
/// ```
pub fn sdk_transport(connector: impl HttpConnector + 'static) -> TowerTransport<SdkService> {
    TowerTransport::new(SdkService::new(connector)).classify(classify)
}

/// A connector of the SDK's as a tower service, for a transport with layers or another
/// [`classify`](TowerTransport::classify); [`sdk_transport`] is one without.
///
/// A `ConnectorError` around a `TransportError` is unwrapped; another is the service's error.
#[derive(Clone, Debug)]
pub struct SdkService {
    connector: SharedHttpConnector,
}

impl SdkService {
    /// Sends over `connector`.
    pub fn new(connector: impl HttpConnector + 'static) -> Self {
        Self { connector: SharedHttpConnector::new(connector) }
    }
}

impl Service<Request<Bytes>> for SdkService {
    type Response = Response<SdkBody>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let request = match HttpRequest::try_from(request.map(SdkBody::from)) {
            Ok(request) => request,
            Err(error) => {
                let refused = TransportError::new(InvalidRequest, Delivery::NotSent);
                return Box::pin(async { Err(refused.with_source(error).into()) });
            }
        };
        let calling = self.connector.call(request);
        Box::pin(async {
            let response = calling.await.map_err(unwrapped)?;
            Ok(response.try_into_http1x()?)
        })
    }
}

/// A transport of ours below has told all that there is to know.
fn unwrapped(error: ConnectorError) -> BoxError {
    if error.source().is_some_and(|source| source.is::<TransportError>()) {
        error.into_source()
    } else {
        error.into()
    }
}

/// What a connector's error means. It does not tell whether anything was sent.
fn classify(error: &(dyn StdError + 'static)) -> Option<(TransportErrorKind, Delivery)> {
    let error = error.downcast_ref::<ConnectorError>()?;
    let kind = match error.as_other() {
        _ if error.is_timeout() => Timeout,
        _ if error.is_io() => Interrupted,
        _ if error.is_user() => InvalidRequest,
        Some(ErrorKind::TransientError | ErrorKind::ThrottlingError) => Interrupted,
        _ => Other,
    };
    Some((kind, Delivery::MaybeSent))
}
