//! The transport over reqwest against the catalogue.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use kendra_sync_conformance::{Caps, Env, Suite};
use over_reqwest::ReqwestTransport;
use rustls::RootCertStore;

fn main() -> ExitCode {
    let caps = Caps::CANCEL | Caps::LIMIT | Caps::TIMEOUT | Caps::TLS;
    Suite::new("reqwest", "0.13.5")
        .variant("pooled", caps | Caps::POOL, |env| async move {
            let (roots, limit) = settings(&env)?;
            Ok::<_, Box<dyn Error + Send + Sync>>(ReqwestTransport::new(roots, limit)?)
        })
        .variant("not-pooled", caps, |env| async move {
            let (roots, limit) = settings(&env)?;
            Ok::<_, Box<dyn Error + Send + Sync>>(ReqwestTransport::with_idle(roots, limit, 0)?)
        })
        .main()
}

fn settings(env: &Env) -> Result<(RootCertStore, Duration), rustls::Error> {
    let mut roots = RootCertStore::empty();
    for root in env.roots_der() {
        roots.add(root.as_slice().into())?;
    }
    Ok((roots, env.connect_timeout()))
}
