//! A transport under test, of either kind.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use kendra_sync_core::{
    Client, Config, Credentials, DataSourceId, Error, HttpTransport, IndexId, Stopped, blocking,
};
use tokio::task::JoinHandle;

use crate::canary;
use crate::env::Env;
use crate::exchange::Outcome;
use crate::reader::Read;
use crate::self_test::Reader;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Makes a fresh transport for a scenario.
pub(crate) type Factory = Arc<dyn Fn(Env) -> Making + Send + Sync>;

/// A transport that is being made.
pub(crate) type Making = Pin<Box<dyn Future<Output = Result<Subject, BoxError>> + Send>>;

/// A transport, async or blocking.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Async(Arc<dyn HttpTransport>),
    Blocking(Arc<dyn blocking::HttpTransport>),
}

impl Subject {
    /// Hands a request to it. A blocking one runs on a thread that may block.
    pub(crate) fn send(&self, request: Request<Bytes>, timeout: Duration) -> JoinHandle<Outcome> {
        match self {
            Self::Async(transport) => {
                let transport = Arc::clone(transport);
                tokio::spawn(async move { transport.send(request, timeout).await })
            }
            Self::Blocking(transport) => {
                let transport = Arc::clone(transport);
                tokio::task::spawn_blocking(move || transport.send(request, timeout))
            }
        }
    }

    /// Its `Debug`, in both forms.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Async(transport) => format!("{transport:?} {transport:#?}"),
            Self::Blocking(transport) => format!("{transport:?} {transport:#?}"),
        }
    }

    /// Polls the future of a send once, and drops it. A blocking one has none.
    pub(crate) async fn poll_once(&self, request: Request<Bytes>, timeout: Duration) {
        let Self::Async(transport) = self else { return };
        let transport = Arc::clone(transport);
        let polled = tokio::spawn(async move {
            let mut sending = transport.send(request, timeout);
            std::future::poll_fn(|cx| {
                let _ = sending.as_mut().poll(cx);
                Poll::Ready(())
            })
            .await;
        });
        // Its panic is seen as that of a task.
        let _ = polled.await;
    }

    /// Core's client stops a job over it; `None` when that panicked.
    pub(crate) async fn stop(
        &self,
        config: Config,
        reader: Option<Reader>,
    ) -> Option<Result<Stopped, Error>> {
        let credentials: Credentials = canary::credentials();
        let (index, source) = target()?;
        match self {
            Self::Async(transport) => {
                let transport = Read(Arc::clone(transport), reader);
                let client = Client::new(transport, credentials, config);
                let call = async move { client.stop_data_source_sync_job(&index, &source).await };
                tokio::spawn(call).await.ok()
            }
            Self::Blocking(transport) => {
                let transport = Read(Arc::clone(transport), reader);
                let client = blocking::Client::new(transport, credentials, config);
                let call = move || client.stop_data_source_sync_job(&index, &source);
                tokio::task::spawn_blocking(call).await.ok()
            }
        }
    }
}

/// What the suite's calls name.
pub(crate) fn target() -> Option<(IndexId, DataSourceId)> {
    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").ok()?;
    Some((index, DataSourceId::new("conformance").ok()?))
}
