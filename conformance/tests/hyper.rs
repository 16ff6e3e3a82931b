//! The hyper transport against the catalogue.

use std::convert::Infallible;
use std::process::ExitCode;

use kendra_sync_conformance::{Caps, Env, Suite};
use kendra_sync_hyper::{HyperTransport, HyperTransportBuilder};

fn main() -> ExitCode {
    let caps = Caps::CANCEL | Caps::LIMIT | Caps::TIMEOUT | Caps::TLS;
    Suite::new("kendra-sync-hyper", env!("CARGO_PKG_VERSION"))
        .variant("pooled", caps | Caps::POOL, |env| async move {
            Ok::<_, Infallible>(builder(&env).build())
        })
        .variant("not-pooled", caps, |env| async move {
            Ok::<_, Infallible>(builder(&env).max_idle_connections(0).build())
        })
        .main()
}

fn builder(env: &Env) -> HyperTransportBuilder {
    HyperTransport::builder().connect_timeout(env.connect_timeout())
}
