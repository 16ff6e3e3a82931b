//! The last step's transport against the catalogue.

use std::convert::Infallible;
use std::process::ExitCode;

use kendra_sync_conformance::{Caps, Suite};
use kendra_sync_tutorial::step3::AcmeTransport;

fn main() -> ExitCode {
    Suite::new("acme-transport", env!("CARGO_PKG_VERSION"))
        .caps(Caps::LIMIT | Caps::TIMEOUT)
        .blocking(|env| Ok::<_, Infallible>(AcmeTransport::new(env.connect_timeout())))
        .main()
}
