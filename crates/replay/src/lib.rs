#![doc = include_str!("../README.md")]

pub use kendra_sync_core;
pub use kendra_sync_core::blocking;
pub use kendra_sync_core::{
    Client, Config, Credentials, DataSourceId, Delivery, Endpoint, EndpointVariant, Error,
    ErrorCode, ErrorKind, IndexId, MaxAttempts, Region, RetryPolicy, Stopped,
};

pub use self::cassette::Cassette;
pub use self::error::{CassetteError, CassetteErrorKind};
pub use self::exchange::Exchange;
pub use self::recorder::Recorder;
pub use self::recording::Recording;
pub use self::redaction::Redaction;
pub use self::refusal::{Nearest, Refusal};
pub use self::replay::Replay;
pub use self::unused::Unused;

mod cassette;
mod cover;
mod error;
mod exchange;
mod file;
mod learn;
mod matching;
mod placeholders;
mod read;
mod recorder;
mod recording;
mod redaction;
mod refusal;
mod replay;
mod secrets;
mod spelling;
mod unused;
mod write;

/// The target of all events of this crate.
const TARGET: &str = "kendra_sync::replay";
