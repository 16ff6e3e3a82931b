//! The blocking transport over libcurl against the catalogue.

use std::convert::Infallible;
use std::process::ExitCode;

use kendra_sync_conformance::{Caps, Suite};
use over_curl::CurlTransport;

fn main() -> ExitCode {
    Suite::new("curl", "0.4.51 (libcurl 8.22.0)")
        .caps(Caps::LIMIT | Caps::TIMEOUT | Caps::TLS)
        .blocking(|env| {
            Ok::<_, Infallible>(CurlTransport::new(env.roots_der(), env.connect_timeout()))
        })
        .main()
}
