//! Name lookup, when a connection is to be made.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use http::Uri;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Resolves nothing: ureq asks for addresses before each request, also where it has a connection. The
/// connector looks up the name when it needs to.
#[derive(Debug)]
pub(crate) struct Unresolved;

impl Resolver for Unresolved {
    fn resolve(
        &self,
        _uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        // ureq wants one. It is replaced before it is used.
        addresses.push(SocketAddr::from(([0, 0, 0, 0], 0)));
        Ok(addresses)
    }
}

/// Looks up the host of `uri` within `limit`.
///
/// An address is taken as it is. A name is looked up in a thread of its own, which is left behind
/// when the limit passes: the system's resolver cannot be interrupted.
pub(crate) fn look_up(uri: &Uri, limit: Duration) -> io::Result<Vec<SocketAddr>> {
    let host = uri.host().unwrap_or_default();
    let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(default_port);
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (found, finding) = mpsc::sync_channel(1);
    let name = bare.to_owned();
    std::thread::Builder::new().name("kendra-sync-lookup".to_owned()).spawn(move || {
        let addresses = (name.as_str(), port).to_socket_addrs();
        // Nobody waits any more when the limit has passed.
        let _ = found.send(addresses.map(Vec::from_iter));
    })?;
    match finding.recv_timeout(limit) {
        Ok(addresses) => addresses,
        Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
        Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("the lookup broke off")),
    }
}
