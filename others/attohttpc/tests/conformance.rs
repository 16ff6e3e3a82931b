//! The blocking transport over attohttpc against the catalogue.

use std::convert::Infallible;
use std::process::ExitCode;

use kendra_sync_conformance::{Caps, Suite};
use over_attohttpc::AttohttpcTransport;

fn main() -> ExitCode {
    Suite::new("attohttpc", "0.31.0")
        .caps(Caps::LIMIT | Caps::TIMEOUT | Caps::TLS)
        .blocking(|env| {
            let transport = AttohttpcTransport::new(env.roots_der(), env.connect_timeout());
            Ok::<_, Infallible>(transport)
        })
        .main()
}
