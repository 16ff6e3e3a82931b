//! The blocking transport in `Offload` against the catalogue.

use std::convert::Infallible;
use std::process::ExitCode;

use kendra_sync_blocking::{BlockingTransport, BlockingTransportBuilder, Offload};
use kendra_sync_conformance::{Caps, Env, Suite};

fn main() -> ExitCode {
    // Once a thread has taken a request, dropping the future does not end the exchange.
    let caps = Caps::LIMIT | Caps::TIMEOUT | Caps::TLS;
    Suite::new("kendra-sync-blocking Offload", env!("CARGO_PKG_VERSION"))
        .variant("pooled", caps | Caps::POOL, |env| async move {
            Ok::<_, Infallible>(Offload::new(builder(&env).build()))
        })
        .variant("not-pooled", caps, |env| async move {
            Ok::<_, Infallible>(Offload::new(builder(&env).max_idle_connections(0).build()))
        })
        .main()
}

fn builder(env: &Env) -> BlockingTransportBuilder {
    BlockingTransport::builder().connect_timeout(env.connect_timeout())
}
