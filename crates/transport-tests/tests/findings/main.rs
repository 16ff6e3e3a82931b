//! How dependencies of this workspace behave where our transports had to make up for it.
//!
//! A test passes while the dependency still behaves so. One that fails means that the
//! dependency has changed: a work-around may go.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod agent;
mod hyper;
mod server;
mod ureq_bodies;
mod ureq_connections;
mod ureq_heads;
mod ureq_tls;
