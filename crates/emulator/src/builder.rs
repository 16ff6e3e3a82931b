use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use crate::emulator::Emulator;
use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::server::Server;
use crate::state::State;

/// How an [`Emulator`] is to be; every setting has a default.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use kendra_sync_emulator::{Emulator, Identity};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), kendra_sync_emulator::Error> {
/// let emulator = Emulator::builder()
///     .identity(Identity::new("AKIALOCAL", "not-a-secret"))
///     .account("210987654321")?
///     .region("eu-west-1")
///     .abort_after(Duration::ZERO)
///     .start()
///     .await?;
/// assert_eq!(emulator.credentials().access_key_id(), "AKIALOCAL");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Builder {
    listen: SocketAddr,
    identity: Option<Identity>,
    account: String,
    region: Option<String>,
    abort_after: Duration,
    read_timeout: Duration,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            identity: None,
            account: "123456789012".to_owned(),
            region: None,
            abort_after: Duration::from_secs(1),
            read_timeout: Duration::from_secs(30),
        }
    }

    /// Where to listen. Default: 127.0.0.1, on a free port.
    ///
    /// It is a test server without TLS: keep it on a loopback address.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The identity that [`Emulator::credentials`] returns. Default: a generated one.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The account that ARNs in messages name. Default: `123456789012`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AccountId`] when it is not 12 digits.
    pub fn account(mut self, account: &str) -> Result<Self, Error> {
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::new(ErrorKind::AccountId, "account id must be 12 digits"));
        }
        account.clone_into(&mut self.account);
        Ok(self)
    }

    /// The only region a request may be signed for. Default: any.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// How long a stopped job is stopping before it counts as aborted. Default: 1 second.
    pub fn abort_after(mut self, time: Duration) -> Self {
        self.abort_after = time;
        self
    }

    /// How long a client may take for a request's head, and again for its body. Default: 30
    /// seconds.
    ///
    /// A connection that is idle between two requests is closed after the same time. More than a
    /// day counts as a day.
    pub fn read_timeout(mut self, time: Duration) -> Self {
        self.read_timeout = time.min(A_DAY);
        self
    }

    /// Starts the emulator.
    ///
    /// Needs no tokio runtime: any executor can drive the future.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Listen`] when the address cannot be listened on, [`ErrorKind::Server`] when the
    /// server's thread cannot be started.
    pub async fn start(self) -> Result<Emulator, Error> {
        let listen_error = |source| {
            let message = format!("could not listen on {}", self.listen);
            Error::new(ErrorKind::Listen, message).with_source(source)
        };
        let listener = TcpListener::bind(self.listen).map_err(listen_error)?;
        let local_addr = listener.local_addr().map_err(listen_error)?;

        let identity = self.identity.unwrap_or_else(Identity::generate);
        let state = Arc::new(State::new(self.account, self.region, self.abort_after));
        state.add_identity(identity.clone());
        let server =
            Server::start(listener, Arc::clone(&state), self.read_timeout).map_err(|source| {
                Error::new(ErrorKind::Server, "could not start the server").with_source(source)
            })?;
        Ok(Emulator::new(local_addr, identity, state, server))
    }
}

/// Far from what would overflow a deadline.
const A_DAY: Duration = Duration::from_secs(86_400);
