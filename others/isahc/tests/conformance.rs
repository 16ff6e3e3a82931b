//! The transport over isahc against the catalogue.

use std::process::ExitCode;

use kendra_sync_conformance::{Caps, Suite};
use over_isahc::IsahcTransport;

fn main() -> ExitCode {
    // isahc sees that nobody waits any more only when something comes: that is no cancelling.
    Suite::new("isahc", "2.0.2 (libcurl 8.22.0)")
        .caps(Caps::LIMIT | Caps::TIMEOUT | Caps::TLS)
        .transport(|env| async move { IsahcTransport::new(env.roots_der(), env.connect_timeout()) })
        .main()
}
