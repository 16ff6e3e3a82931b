//! The transports of this workspace as subjects of the same tests.
//!
//! A test is an `async fn(Subject)`, listed in [`for_each_subject!`]; it runs once for each.
#![expect(clippy::unwrap_used, reason = "a subject that cannot be made fails the test")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_blocking::{BlockingTransport, Offload};
use kendra_sync_core::blocking::{self, HttpTransport as _};
use kendra_sync_core::{
    Client, Config, Credentials, DataSourceId, Error, HttpTransport, IndexId, Stopped,
    TransportError,
};
use kendra_sync_hyper::HyperTransport;
use kendra_sync_proxy::Proxies;
use rustls::{ClientConfig, RootCertStore};

/// A transport under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "for this workspace's tests only")]
pub enum Subject {
    /// [`HyperTransport`].
    Hyper,
    /// [`BlockingTransport`], on a thread of tokio's for each call.
    Blocking,
    /// [`BlockingTransport`] in [`Offload`].
    Offload,
}

/// What a transport is built with; its own defaults where nothing is said.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "for this workspace's tests only")]
pub struct Options {
    /// The limit for connecting.
    pub connect_timeout: Option<Duration>,
    /// What to connect through.
    pub proxies: Proxies,
    /// The roots to trust.
    pub roots: Option<RootCertStore>,
    /// The whole of TLS.
    pub tls_config: Option<Arc<ClientConfig>>,
}

impl Subject {
    /// A new transport of this kind, with its own connections.
    pub fn transport(self, options: Options) -> Arc<dyn HttpTransport> {
        match self {
            Self::Hyper => Arc::new(hyper(options)),
            Self::Blocking => Arc::new(OnThread(blocking(options))),
            Self::Offload => Arc::new(Offload::new(blocking(options))),
        }
    }

    /// A new client over a transport of this kind; the blocking one over its own driver.
    pub fn client(self, credentials: Credentials, config: Config) -> AnyClient {
        let options = Options::default();
        match self {
            Self::Hyper | Self::Offload => {
                AnyClient::Async(Client::new(self.transport(options), credentials, config))
            }
            Self::Blocking => {
                AnyClient::Blocking(blocking::Client::new(blocking(options), credentials, config))
            }
        }
    }
}

fn hyper(options: Options) -> HyperTransport {
    let mut builder = HyperTransport::builder().proxies(options.proxies);
    if let Some(limit) = options.connect_timeout {
        builder = builder.connect_timeout(limit);
    }
    if let Some(roots) = options.roots {
        builder = builder.roots(roots);
    }
    if let Some(config) = options.tls_config {
        builder = builder.tls_config(config);
    }
    builder.build()
}

fn blocking(options: Options) -> BlockingTransport {
    let mut builder = BlockingTransport::builder().proxies(options.proxies);
    if let Some(limit) = options.connect_timeout {
        builder = builder.connect_timeout(limit);
    }
    if let Some(roots) = options.roots {
        builder = builder.roots(roots);
    }
    if let Some(config) = options.tls_config {
        builder = builder.tls_config(config);
    }
    builder.build()
}

/// A client of either driver.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "for this workspace's tests only")]
pub enum AnyClient {
    /// Over an async transport.
    Async(Client<Arc<dyn HttpTransport>>),
    /// Over a blocking one.
    Blocking(blocking::Client<BlockingTransport>),
}

impl AnyClient {
    /// Stops the job of `source` in `index`.
    ///
    /// # Errors
    ///
    /// The call's.
    pub async fn stop(&self, index: &str, source: &str) -> Result<Stopped, Error> {
        let (index, source) = (IndexId::new(index).unwrap(), DataSourceId::new(source).unwrap());
        match self {
            Self::Async(client) => client.stop_data_source_sync_job(&index, &source).await,
            Self::Blocking(client) => {
                let client = client.clone();
                let call = move || client.stop_data_source_sync_job(&index, &source);
                tokio::task::spawn_blocking(call).await.unwrap()
            }
        }
    }
}

/// A blocking transport as it is, on a thread that may block.
#[derive(Debug)]
struct OnThread(BlockingTransport);

#[async_trait]
impl HttpTransport for OnThread {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let transport = self.0.clone();
        tokio::task::spawn_blocking(move || transport.send(request, timeout)).await.unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Makes a test of each function for each subject: `hyper::name`, `blocking::name`, `offload::name`.
#[macro_export]
macro_rules! for_each_subject {
    ($($test:ident),+ $(,)?) => {
        $crate::for_each_subject!(@ hyper Hyper $($test)+);
        $crate::for_each_subject!(@ blocking Blocking $($test)+);
        $crate::for_each_subject!(@ offload Offload $($test)+);
    };
    (@ $module:ident $subject:ident $($test:ident)+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test($crate::Subject::$subject).await;
                }
            )+
        }
    };
}
