//! The blocking transport in `Offload` against the catalogue.

use std::process::ExitCode;

use kendra_sync_blocking::rustls;
use kendra_sync_blocking::{BlockingTransport, BlockingTransportBuilder, Offload};
use kendra_sync_conformance::{Caps, Env, Suite};

use self::roots::roots;

mod roots;

fn main() -> ExitCode {
    // Once a thread has taken a request, dropping the future does not end the exchange.
    let caps = Caps::LIMIT | Caps::TIMEOUT | Caps::TLS;
    Suite::new("kendra-sync-blocking Offload", env!("CARGO_PKG_VERSION"))
        .variant("pooled", caps | Caps::POOL, |env| async move {
            builder(&env).map(|builder| Offload::new(builder.build()))
        })
        .variant("not-pooled", caps, |env| async move {
            builder(&env).map(|builder| Offload::new(builder.max_idle_connections(0).build()))
        })
        .main()
}

fn builder(env: &Env) -> Result<BlockingTransportBuilder, rustls::Error> {
    Ok(BlockingTransport::builder().connect_timeout(env.connect_timeout()).roots(roots(env)?))
}
