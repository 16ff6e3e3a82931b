//! aws-sdk-kendra with its default features.

#[path = "../../sdk.rs"]
mod sdk;

pub use sdk::Client;
