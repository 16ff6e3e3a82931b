//! The blocking transport against the catalogue.

use std::convert::Infallible;
use std::process::ExitCode;

use kendra_sync_blocking::{BlockingTransport, BlockingTransportBuilder};
use kendra_sync_conformance::{Caps, Env, Suite};

fn main() -> ExitCode {
    // A blocking call cannot be cancelled.
    let caps = Caps::LIMIT | Caps::TIMEOUT | Caps::TLS;
    Suite::new("kendra-sync-blocking", env!("CARGO_PKG_VERSION"))
        .blocking_variant("pooled", caps | Caps::POOL, |env| {
            Ok::<_, Infallible>(builder(&env).build())
        })
        .blocking_variant("not-pooled", caps, |env| {
            Ok::<_, Infallible>(builder(&env).max_idle_connections(0).build())
        })
        .main()
}

fn builder(env: &Env) -> BlockingTransportBuilder {
    BlockingTransport::builder().connect_timeout(env.connect_timeout())
}
