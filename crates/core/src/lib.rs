#![doc = include_str!("../README.md")]

pub use self::client::Client;
pub use self::config::Config;
pub use self::credentials::{
    Credentials, CredentialsError, InvalidCredentials, ProvideCredentials,
};
pub use self::endpoint::{Endpoint, EndpointVariant, InvalidEndpoint};
pub use self::error::Error;
pub use self::error_kind::ErrorKind;
pub use self::ids::{DataSourceId, IdRule, IndexId, InvalidId};
pub use self::operations::Stopped;
pub use self::redact::Secrets;
pub use self::region::{InvalidRegion, Region};
pub use self::retry::{InvalidMaxAttempts, MaxAttempts, RetryPolicy};
pub use self::service_error::{ErrorCode, ServiceError};
pub use self::transport::{Delivery, HttpTransport, TransportError, TransportErrorKind};
pub use self::unseen::is_unseen;

pub mod blocking;
pub mod call;
pub mod operation;
pub mod operations;
pub mod transport;

mod checks;
mod client;
mod config;
mod credentials;
mod driver;
mod endpoint;
mod error;
mod error_body;
mod error_kind;
mod ids;
mod metadata;
mod quota;
mod random;
mod reason;
mod recorded;
mod redact;
mod region;
mod response;
mod retry;
mod service_error;
mod sign;
mod skew;
mod unseen;
