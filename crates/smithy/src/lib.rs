#![doc = include_str!("../README.md")]

pub use kendra_sync_core;
pub use kendra_sync_tower::{Deadline, TowerTransport};

pub use self::client::SdkHttpClient;
pub use self::service::{SdkService, sdk_transport};

mod body;
mod client;
mod service;
