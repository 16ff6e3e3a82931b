//! What the suite's servers are trusted by, as both transports take it.

use kendra_sync_conformance::Env;
use kendra_sync_hyper::rustls::{self, RootCertStore};

pub(crate) fn roots(env: &Env) -> Result<RootCertStore, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for root in env.roots_der() {
        roots.add(root.as_slice().into())?;
    }
    Ok(roots)
}
