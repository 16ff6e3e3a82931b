//! Recording and replaying from outside: transports in, files and answers out.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed step is a failed test")]

mod damaged;
mod document;
mod log;
mod replaying;
mod script;
