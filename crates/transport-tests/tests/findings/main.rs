//! What docs/findings.md says of this workspace's dependencies, shown on the dependencies alone.
//!
//! A test passes while the dependency behaves as the document says. One that fails means that the
//! dependency has changed: its section, and perhaps the work-around that it names, can go.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod agent;
mod document;
mod httparse;
mod hyper;
mod server;
mod ureq_bodies;
mod ureq_connections;
mod ureq_heads;
mod ureq_tls;
