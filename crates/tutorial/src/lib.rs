//! The transport of `docs/write-your-own-transport.md`, as it is after each step. `tests/tutorial.rs`
//! compares that page with these files, and with what the suite says of each step.

pub mod step1;
pub mod step2;
pub mod step3;

mod framing;
mod limited;
mod request;
