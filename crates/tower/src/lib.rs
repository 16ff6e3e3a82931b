#![doc = include_str!("../README.md")]

pub use kendra_sync_core;
pub use kendra_sync_core::{
    Client, Config, Credentials, DataSourceId, Delivery, Endpoint, EndpointVariant, Error,
    ErrorCode, ErrorKind, IndexId, MaxAttempts, Region, RetryPolicy, Stopped,
};

pub use self::deadline::Deadline;
pub use self::transport::TowerTransport;

mod deadline;
mod failure;
mod transport;
