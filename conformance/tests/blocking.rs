//! The blocking transport against the catalogue.

use std::process::ExitCode;

use kendra_sync_blocking::rustls;
use kendra_sync_blocking::{BlockingTransport, BlockingTransportBuilder};
use kendra_sync_conformance::{Caps, Env, Suite};

use self::roots::roots;

mod roots;

fn main() -> ExitCode {
    // A blocking call cannot be cancelled.
    let caps = Caps::LIMIT | Caps::TIMEOUT | Caps::TLS;
    Suite::new("kendra-sync-blocking", env!("CARGO_PKG_VERSION"))
        .blocking_variant("pooled", caps | Caps::POOL, |env| {
            builder(&env).map(BlockingTransportBuilder::build)
        })
        .blocking_variant("not-pooled", caps, |env| {
            builder(&env).map(|builder| builder.max_idle_connections(0).build())
        })
        .main()
}

fn builder(env: &Env) -> Result<BlockingTransportBuilder, rustls::Error> {
    Ok(BlockingTransport::builder().connect_timeout(env.connect_timeout()).roots(roots(env)?))
}
