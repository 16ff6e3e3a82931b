//! Settings from environments and files that are values: what goes before what, what is an error, and what
//! is read.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod any_bytes;
mod credentials;
mod endpoints;
mod logs;
mod precedence;
mod proxies;
mod reads;
mod world;
