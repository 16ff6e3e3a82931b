//! What the benches and the guard measure: the same calls, transports and servers for both.
//!
//! `cargo bench -p kendra-sync-benches --bench call` times; `.ci/guards` counts.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a bench that cannot do its part has no result"
)]

pub use self::at_once::AtOnce;
pub use self::bare::{BareHyper, bare_ureq};
pub use self::calls::{Answer, Calls, TOKEN};
pub use self::stub::Stub;

mod at_once;
mod bare;
mod calls;
mod stub;
