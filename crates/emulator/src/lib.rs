#![doc = include_str!("../README.md")]

mod answer;
mod builder;
mod constraint;
mod data_source;
mod emulator;
mod error;
mod identity;
mod operation;
mod random;
mod server;
pub mod signature;
mod state;

pub use self::builder::Builder;
pub use self::data_source::{DataSource, JobStatus};
pub use self::emulator::Emulator;
pub use self::error::{Error, ErrorKind};
pub use self::identity::Identity;
