//! Recording and replaying from outside: transports in, files and answers out.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed step is a failed test")]

mod archive;
mod course;
mod damaged;
mod document;
mod leaks;
mod log;
mod recording;
mod redacted;
mod replaying;
mod round_trip;
mod script;
