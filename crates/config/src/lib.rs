#![doc = include_str!("../README.md")]

pub use self::builder::SettingsBuilder;
pub use self::ca_bundle::CaBundle;
pub use self::credentials::not_found::NoCredentials;
pub use self::credentials::{CredentialChain, load};
pub use self::environment::Environment;
pub use self::error::{SettingsError, SettingsErrorKind};
pub use self::regions::has_kendra;
pub use self::retry_mode::RetryMode;
pub use self::setting::{Setting, Source};
pub use self::settings::Settings;

pub mod blocking;

mod builder;
mod ca_bundle;
mod credentials;
mod endpoint;
mod environment;
mod error;
mod location;
mod lookup;
mod proxy;
mod regions;
mod retry_mode;
mod setting;
mod settings;
mod shared;

/// The code in the repository's README is compiled with the documentation's tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
