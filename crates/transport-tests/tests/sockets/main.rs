//! Every transport over real sockets.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed step is a failed test")]

mod exchange;
mod kendra;
mod proxy;
mod retry;
mod tls;
