#![doc = include_str!("../README.md")]

pub use kendra_sync_core;
pub use kendra_sync_core::{
    Client, Config, Credentials, DataSourceId, Delivery, Endpoint, EndpointVariant, Error,
    ErrorCode, ErrorKind, IndexId, MaxAttempts, Region, RetryPolicy, Stopped,
};
pub use kendra_sync_proxy::{NoProxy, Proxies, Proxy, ProxyError, ProxyErrorKind};
/// The TLS library, in the version that [`HyperTransportBuilder::tls_config`] takes.
pub use rustls;

pub use self::transport::{HyperTransport, HyperTransportBuilder};

mod connect;
mod failure;
mod pool;
mod transport;
