//! A raw TCP server: a script for each connection, both directions recorded.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::record::{Event, Record, Request, What};
use super::{Connection, Step};

#[derive(Debug)]
pub(crate) struct RawServer {
    address: SocketAddr,
    records: Arc<Mutex<Vec<Record>>>,
    accepting: JoinHandle<()>,
    connections: Arc<Mutex<JoinSet<()>>>,
}

impl RawServer {
    /// Listens on a free port of 127.0.0.1. Connections beyond `scripts` are read, unanswered, and
    /// closed.
    pub(crate) async fn start(
        mut scripts: impl Iterator<Item = Connection> + Send + 'static,
        tripwire: SocketAddr,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let records = Arc::new(Mutex::new(Vec::<Record>::new()));
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        let (kept, joined, began) =
            (Arc::clone(&records), Arc::clone(&connections), Instant::now());
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let surplus = vec![Step::Read, Step::Close];
                let script = scripts.next().unwrap_or(surplus);
                let number = {
                    let mut records = locked(&kept);
                    records.push(Record::default());
                    records.len() - 1
                };
                let log = Log { records: Arc::clone(&kept), number, began };
                let served = serve(stream, script, log, address, tripwire);
                locked(&joined).spawn(served);
            }
        });
        Ok(Self { address, records, accepting, connections })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many bytes have come so far, on all connections.
    pub(crate) fn bytes_received(&self) -> usize {
        locked(&self.records).iter().map(|record| record.received().len()).sum()
    }

    /// Waits until the client has closed every connection; gives what was seen, and whether it did so
    /// within `limit`.
    pub(crate) async fn finish(self, limit: Duration) -> (Vec<Record>, bool) {
        self.accepting.abort();
        let mut connections = std::mem::take(&mut *locked(&self.connections));
        let all = async { while connections.join_next().await.is_some() {} };
        let closed = tokio::time::timeout(limit, all).await.is_ok();
        connections.abort_all();
        let records = locked(&self.records).clone();
        (records, closed)
    }
}

/// Where a connection's events go.
struct Log {
    records: Arc<Mutex<Vec<Record>>>,
    number: usize,
    began: Instant,
}

impl Log {
    fn add(&self, what: What) {
        if let Some(record) = locked(&self.records).get_mut(self.number) {
            record.events.push(Event { at: self.began.elapsed(), what });
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Connection,
    log: Log,
    address: SocketAddr,
    tripwire: SocketAddr,
) {
    let _ = stream.set_nodelay(true);
    let mut unread = Vec::new();
    for step in script {
        let done = match step {
            Step::Read => read_request(&mut stream, &mut unread, &log).await,
            Step::Write(bytes) => {
                let bytes = placed(&bytes, address, tripwire);
                log.add(What::Sent(bytes.clone()));
                stream.write_all(&bytes).await.is_ok()
            }
            Step::Drip(bytes) => drip(&mut stream, &bytes, &log).await,
            Step::Close => {
                log.add(What::Note("server: closes"));
                // What is unread would make the kernel reset the connection and destroy the answer.
                let _ = stream.shutdown().await;
                drain(&mut stream, &log).await;
                return;
            }
            Step::Relay(server) => {
                relay(&mut stream, server, &log).await;
                return;
            }
        };
        if !done {
            break;
        }
    }
    drain(&mut stream, &log).await;
}

/// Reads until a whole request is there; false when the client closes before.
async fn read_request(stream: &mut TcpStream, unread: &mut Vec<u8>, log: &Log) -> bool {
    loop {
        let (request, used) = Request::parse(unread);
        if request.complete && !unread.is_empty() {
            unread.drain(..used);
            return true;
        }
        let mut chunk = Vec::with_capacity(16 * 1024);
        match stream.read_buf(&mut chunk).await {
            Ok(0) => {
                log.add(What::Note("client: closed"));
                return false;
            }
            Err(_) => {
                log.add(What::Note("client: reset"));
                return false;
            }
            Ok(_) => {
                unread.extend_from_slice(&chunk);
                log.add(What::Received(chunk));
            }
        }
    }
}

/// Writes byte by byte, each in a segment of its own.
async fn drip(stream: &mut TcpStream, bytes: &[u8], log: &Log) -> bool {
    log.add(What::Sent(bytes.to_vec()));
    log.add(What::Note("server: wrote that one byte at a time"));
    for byte in bytes {
        if stream.write_all(&[*byte]).await.is_err() {
            return false;
        }
        // Without a pause the kernel would hand over several at a time.
        tokio::time::sleep(PAUSE).await;
    }
    true
}

/// Between two bytes that are to be read apart.
const PAUSE: Duration = Duration::from_millis(1);

/// Passes bytes on both ways until the client closes, or the server does and then the client.
async fn relay(stream: &mut TcpStream, server: SocketAddr, log: &Log) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        return log.add(What::Note("server: cannot be reached"));
    };
    loop {
        let (mut asked, mut answered) =
            (Vec::with_capacity(16 * 1024), Vec::with_capacity(16 * 1024));
        tokio::select! {
            read = stream.read_buf(&mut asked) => match read {
                Ok(0) => return log.add(What::Note("client: closed")),
                Err(_) => return log.add(What::Note("client: reset")),
                Ok(_) => {
                    log.add(What::Received(asked.clone()));
                    if server.write_all(&asked).await.is_err() {
                        break;
                    }
                }
            },
            read = server.read_buf(&mut answered) => {
                if read.unwrap_or(0) == 0 {
                    break;
                }
                log.add(What::Sent(answered.clone()));
                if stream.write_all(&answered).await.is_err() {
                    return log.add(What::Note("client: reset"));
                }
            }
        }
    }
    log.add(What::Note("server: closes"));
    let _ = stream.shutdown().await;
    drain(stream, log).await;
}

/// Reads on until the client closes.
async fn drain(stream: &mut TcpStream, log: &Log) {
    loop {
        let mut chunk = Vec::with_capacity(16 * 1024);
        match stream.read_buf(&mut chunk).await {
            Ok(0) => return log.add(What::Note("client: closed")),
            Err(_) => return log.add(What::Note("client: reset")),
            Ok(_) => log.add(What::Received(chunk)),
        }
    }
}

fn placed(bytes: &[u8], address: SocketAddr, tripwire: SocketAddr) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    if !text.contains('{') {
        return bytes.to_vec();
    }
    let text = text.replace("{authority}", &address.to_string());
    text.replace("{tripwire}", &tripwire.to_string()).into_bytes()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
