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
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::canary;
use crate::check::Checks;
use crate::env::Env;
use crate::exchange::Outcome;
use crate::reader::Read;
use crate::self_test::Reader;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Makes a fresh transport for a scenario.
pub(crate) type Factory = Arc<dyn Fn(Env) -> Making + Send + Sync>;

/// A transport that is being made.
pub(crate) type Making = Pin<Box<dyn Future<Output = Result<Subject, BoxError>> + Send>>;

/// A transport, async or blocking, and the runtime that it is used on.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    transport: Transport,
    runtime: Handle,
}

#[derive(Clone, Debug)]
enum Transport {
    Async(Arc<dyn HttpTransport>),
    Blocking(Arc<dyn blocking::HttpTransport>),
}

impl Subject {
    /// An async one, used on the runtime that this is called on.
    pub(crate) fn new(transport: Arc<dyn HttpTransport>) -> Self {
        Self { transport: Transport::Async(transport), runtime: Handle::current() }
    }

    /// A blocking one, used on that runtime's threads that may block.
    pub(crate) fn blocking(transport: Arc<dyn blocking::HttpTransport>) -> Self {
        Self { transport: Transport::Blocking(transport), runtime: Handle::current() }
    }

    /// The same, used on another runtime.
    pub(crate) fn on(self, runtime: Handle) -> Self {
        Self { runtime, ..self }
    }

    /// Drops it, and what else holds it, on a thread that may block: a blocking transport may have a runtime
    /// of its own to end. Its panic shows as the scenario's.
    pub(crate) async fn end(
        self,
        holds: impl Send + 'static,
        watchdog: Duration,
        checks: &mut Checks,
    ) {
        let runtime = self.runtime.clone();
        let ending = runtime.spawn_blocking(move || drop((self, holds)));
        let ended = tokio::time::timeout(watchdog, ending).await.is_ok();
        let actual = if ended { "it does" } else { "it hangs" };
        checks.must("global/G6", ended, "dropping the transport comes to an end", actual);
    }

    /// Hands a request to it. A blocking one runs on a thread that may block.
    pub(crate) fn send(&self, request: Request<Bytes>, timeout: Duration) -> JoinHandle<Outcome> {
        match &self.transport {
            Transport::Async(transport) => {
                let transport = Arc::clone(transport);
                self.runtime.spawn(async move { transport.send(request, timeout).await })
            }
            Transport::Blocking(transport) => {
                let transport = Arc::clone(transport);
                self.runtime.spawn_blocking(move || transport.send(request, timeout))
            }
        }
    }

    /// Its `Debug`, in both forms.
    pub(crate) fn shown(&self) -> String {
        match &self.transport {
            Transport::Async(transport) => format!("{transport:?} {transport:#?}"),
            Transport::Blocking(transport) => format!("{transport:?} {transport:#?}"),
        }
    }

    /// Polls the future of a send once, and drops it. A blocking one has none.
    pub(crate) async fn poll_once(&self, request: Request<Bytes>, timeout: Duration) {
        let Transport::Async(transport) = &self.transport else { return };
        let transport = Arc::clone(transport);
        let polled = self.runtime.spawn(async move {
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
        match &self.transport {
            Transport::Async(transport) => {
                let transport = Read(Arc::clone(transport), reader);
                let client = Client::new(transport, credentials, config);
                let call = async move { client.stop_data_source_sync_job(&index, &source).await };
                self.runtime.spawn(call).await.ok()
            }
            Transport::Blocking(transport) => {
                let transport = Read(Arc::clone(transport), reader);
                let client = blocking::Client::new(transport, credentials, config);
                let call = move || client.stop_data_source_sync_job(&index, &source);
                self.runtime.spawn_blocking(call).await.ok()
            }
        }
    }
}

/// What the suite's calls name.
pub(crate) fn target() -> Option<(IndexId, DataSourceId)> {
    let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789").ok()?;
    Some((index, DataSourceId::new("conformance").ok()?))
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use http::Response;
    use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

    use super::*;

    #[derive(Debug)]
    struct Telling {
        #[expect(dead_code, reason = "Debug shows it")]
        secret: &'static str,
    }

    #[async_trait]
    impl HttpTransport for Telling {
        async fn send(
            &self,
            request: Request<Bytes>,
            timeout: Duration,
        ) -> Result<Response<Bytes>, TransportError> {
            blocking::HttpTransport::send(self, request, timeout)
        }

        async fn sleep(&self, _duration: Duration) {}
    }

    impl blocking::HttpTransport for Telling {
        fn send(
            &self,
            _request: Request<Bytes>,
            _timeout: Duration,
        ) -> Result<Response<Bytes>, TransportError> {
            Err(TransportError::new(TransportErrorKind::Connect, Delivery::NotSent))
        }

        fn sleep(&self, _duration: Duration) {}
    }

    #[tokio::test]
    async fn both_forms_of_debug_are_shown() {
        let telling = || Arc::new(Telling { secret: "s3cret" });
        let both = "Telling { secret: \"s3cret\" } Telling {\n    secret: \"s3cret\",\n}";
        assert_eq!(Subject::new(telling()).shown(), both);
        assert_eq!(Subject::blocking(telling()).shown(), both);
    }
}
