//! The blocking transport over minreq against the catalogue.

use std::convert::Infallible;
use std::process::ExitCode;

use kendra_sync_conformance::{Caps, Suite};
use over_minreq::MinreqTransport;

fn main() -> ExitCode {
    Suite::new("minreq", "3.0.0")
        .caps(Caps::LIMIT | Caps::TIMEOUT)
        .blocking(|_env| Ok::<_, Infallible>(MinreqTransport::new()))
        .main()
}
