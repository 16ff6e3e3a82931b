//! The transport over the SDK's HTTP client against the catalogue.

use std::process::ExitCode;

use kendra_sync_conformance::{Caps, Suite};
use over_smithy::SmithyTransport;

fn main() -> ExitCode {
    Suite::new("aws-smithy-http-client", "1.5.2")
        .caps(Caps::CANCEL | Caps::LIMIT | Caps::POOL | Caps::TIMEOUT | Caps::TLS)
        .transport(
            |env| async move { SmithyTransport::new(env.roots_der(), env.connect_timeout()) },
        )
        .main()
}
