//! The hyper transport against the catalogue.

use std::process::ExitCode;

use kendra_sync_conformance::{Caps, Env, Suite};
use kendra_sync_hyper::rustls;
use kendra_sync_hyper::{HyperTransport, HyperTransportBuilder};

use self::roots::roots;

mod roots;

fn main() -> ExitCode {
    let caps = Caps::CANCEL | Caps::LIMIT | Caps::TIMEOUT | Caps::TLS;
    Suite::new("kendra-sync-hyper", env!("CARGO_PKG_VERSION"))
        .variant("pooled", caps | Caps::POOL, |env| async move {
            builder(&env).map(HyperTransportBuilder::build)
        })
        .variant("not-pooled", caps, |env| async move {
            builder(&env).map(|builder| builder.max_idle_connections(0).build())
        })
        .main()
}

fn builder(env: &Env) -> Result<HyperTransportBuilder, rustls::Error> {
    Ok(HyperTransport::builder().connect_timeout(env.connect_timeout()).roots(roots(env)?))
}
