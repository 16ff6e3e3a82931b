//! aws-sdk-kendra with the features it cannot do without.

#[path = "../../sdk.rs"]
mod sdk;

pub use sdk::Client;
