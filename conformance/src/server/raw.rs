//! A raw TCP server: a script for each connection, both directions recorded.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::gates::Gates;
use super::record::Record;
use super::script::{self, Log};
use super::{Connection, Step};

#[derive(Debug)]
pub(crate) struct RawServer {
    address: SocketAddr,
    records: watch::Sender<Vec<Record>>,
    accepting: Vec<JoinHandle<()>>,
    connections: Arc<Mutex<JoinSet<()>>>,
}

/// What the scripts of a case's servers have in common.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) tripwire: SocketAddr,
    pub(crate) second: Option<SocketAddr>,
    pub(crate) gates: Gates,
    /// Pauses are times this.
    pub(crate) scale: f64,
}

impl RawServer {
    /// Listens on a free port of 127.0.0.1, and on that port of `::1` where there is one. Connections
    /// beyond `scripts` are read, unanswered, and closed.
    pub(crate) async fn start(
        scripts: impl Iterator<Item = Connection> + Send + 'static,
        setting: Setting,
    ) -> io::Result<Self> {
        let (first, second) = listeners().await?;
        let address = first.local_addr()?;
        let scripts = Arc::new(Mutex::new(scripts));
        let records = watch::Sender::new(Vec::<Record>::new());
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        let began = Instant::now();
        let accepting = [Some(first), second].into_iter().flatten().map(|listener| {
            let (scripts, setting) = (Arc::clone(&scripts), setting.clone());
            let (records, joined) = (records.clone(), Arc::clone(&connections));
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let script = {
                        let mut scripts = scripts.lock().unwrap_or_else(PoisonError::into_inner);
                        scripts.next().unwrap_or_else(|| vec![Step::Read, Step::Close])
                    };
                    let log = Log::new(records.clone(), began);
                    let served = script::serve(stream, script, log, address, setting.clone());
                    joined.lock().unwrap_or_else(PoisonError::into_inner).spawn(served);
                }
            })
        });
        Ok(Self { address, accepting: accepting.collect(), records, connections })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The connections as they are now, and a sign when something happens on one.
    pub(crate) fn records(&self) -> watch::Receiver<Vec<Record>> {
        self.records.subscribe()
    }

    /// Waits until the client has closed every connection; gives what was seen, and whether it did so
    /// within `limit`.
    pub(crate) async fn finish(self, limit: Duration) -> (Vec<Record>, bool) {
        for accepting in &self.accepting {
            accepting.abort();
        }
        let mut connections = {
            let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *connections)
        };
        let all = async { while connections.join_next().await.is_some() {} };
        let closed = tokio::time::timeout(limit, all).await.is_ok();
        connections.abort_all();
        let records = self.records.borrow().clone();
        (records, closed)
    }
}

/// On one port of both loopback addresses: a client may take `localhost` for either.
async fn listeners() -> io::Result<(TcpListener, Option<TcpListener>)> {
    let free = || TcpListener::bind((IpAddr::from(Ipv4Addr::LOCALHOST), 0));
    for _ in 0..10 {
        let first = free().await?;
        let port = first.local_addr()?.port();
        match TcpListener::bind((IpAddr::from(Ipv6Addr::LOCALHOST), port)).await {
            Ok(second) => return Ok((first, Some(second))),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            // This machine has no IPv6.
            Err(_) => return Ok((first, None)),
        }
    }
    Ok((free().await?, None))
}
