#![doc = include_str!("../README.md")]

pub use kendra_sync_core;
pub use kendra_sync_core::blocking::Client;
pub use kendra_sync_core::{
    Config, Credentials, DataSourceId, Delivery, Endpoint, EndpointVariant, Error, ErrorCode,
    ErrorKind, IndexId, MaxAttempts, Region, RetryPolicy, Stopped,
};
pub use kendra_sync_proxy::{NoProxy, Proxies, Proxy, ProxyError, ProxyErrorKind};
/// The TLS library, in the version that [`BlockingTransportBuilder::tls_config`] takes.
pub use rustls;

pub use self::offload::Offload;
pub use self::transport::{BlockingTransport, BlockingTransportBuilder};

mod connect;
mod exchange;
mod failure;
mod lookup;
mod offload;
mod threads;
mod tls;
mod transport;
mod watched;
