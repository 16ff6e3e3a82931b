use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use crate::builder::Builder;
use crate::data_source::DataSource;
use crate::error::Error;
use crate::identity::Identity;
use crate::server::Server;
use crate::state::State;

/// A local Amazon Kendra that listens until it is dropped.
///
/// Dropping it closes the port and every open connection; both are done when the drop returns. The
/// server runs on a thread of its own, so a test may call it with a client that blocks.
///
/// # Examples
///
/// ```
/// use kendra_sync_emulator::{Emulator, JobStatus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), kendra_sync_emulator::Error> {
/// let emulator = Emulator::start().await?;
/// let source = emulator.add_data_source("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "wiki")?;
/// assert_eq!(source.job(), JobStatus::Syncing);
/// # Ok(())
/// # }
/// ```
#[must_use = "the server stops when this is dropped"]
pub struct Emulator {
    local_addr: SocketAddr,
    identity: Identity,
    state: Arc<State>,
    _server: Server,
}

impl Emulator {
    /// Starts an emulator on a free port of 127.0.0.1, with one generated identity.
    ///
    /// Needs no tokio runtime: any executor can drive the future.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Listen`](crate::ErrorKind::Listen) when there is no port to be had,
    /// [`ErrorKind::Server`](crate::ErrorKind::Server) when the server's thread cannot be started.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Begins an emulator that differs from the default one.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(
        local_addr: SocketAddr,
        identity: Identity,
        state: Arc<State>,
        server: Server,
    ) -> Self {
        Self { local_addr, identity, state, _server: server }
    }

    /// The URL to give to a client, `http://127.0.0.1:PORT`; an IPv6 address is in brackets.
    ///
    /// A path may be appended: the emulator answers under any prefix that was signed. When it
    /// listens on every address (`0.0.0.0`, `::`), this names the loopback one.
    pub fn endpoint_url(&self) -> String {
        let mut address = self.local_addr;
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        format!("http://{address}")
    }

    /// The address it listens on, with the port that was chosen.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The identity it was started with: the one from the builder, or a generated one.
    pub fn credentials(&self) -> &Identity {
        &self.identity
    }

    /// Accepts one more identity; one with the same access key id is replaced.
    pub fn add_identity(&self, identity: Identity) {
        self.state.add_identity(identity);
    }

    /// Creates an index and a data source in it whose job is syncing.
    ///
    /// For a pair that exists already, a new job starts on the same data source: it is syncing
    /// again, while [`DataSource::stops`] and faults not used up stay as they are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::IndexId`](crate::ErrorKind::IndexId) or
    /// [`ErrorKind::DataSourceId`](crate::ErrorKind::DataSourceId) when AWS's constraints forbid
    /// the id.
    pub fn add_data_source(
        &self,
        index_id: &str,
        data_source_id: &str,
    ) -> Result<DataSource, Error> {
        self.state.add_data_source(index_id, data_source_id)
    }

    /// How many requests have arrived, whatever they were answered.
    ///
    /// A request counts once its head is complete. One that is not HTTP is not counted.
    pub fn requests(&self) -> usize {
        self.state.requests()
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("local_addr", &self.local_addr)
            .field("identity", &self.identity)
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}
