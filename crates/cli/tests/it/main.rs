//! The real binary, from outside: arguments and environment in; stdout, stderr and exit code out.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed step is a failed test")]

mod answers;
mod command;
mod config;
mod credentials;
mod emulator;
mod endpoints;
mod files;
mod input;
mod network;
mod proxy;
mod retry;
#[path = "../../../core/tests/rule_set/mod.rs"]
mod rule_set;
mod secrets;
mod signals;
mod tape;
