//! The real binary, from outside: arguments and environment in; stdout, stderr and exit code out.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod answers;
mod command;
mod emulator;
mod input;
mod network;
mod retry;
mod secrets;
mod signals;
mod tape;
