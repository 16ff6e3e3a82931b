//! The emulator as its users meet it: over TCP, and through the public signature check.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod client;
mod lifecycle;
mod limits;
mod mutations;
mod signature;
