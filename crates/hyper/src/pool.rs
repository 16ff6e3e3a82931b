//! Connections, kept by origin for further requests.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use kendra_sync_core::transport::MAX_HEAD;
use tokio::task::{JoinHandle, unconstrained};

use crate::connect::{ConnectError, Connector, Stream};

/// Opens connections, and keeps those that are free.
pub(crate) struct Pool {
    connector: Connector,
    /// To one origin.
    max_idle: usize,
    kept: Mutex<Kept>,
}

/// Where a connection leads.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: Scheme,
    authority: Authority,
}

/// A connection that no other request uses. Dropping it closes it.
///
/// It has no task of its own: whoever waits for the answer moves the bytes.
pub(crate) struct Connection {
    origin: Origin,
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

/// Moves the bytes; `None` when the connection has ended.
type Driver = Option<Box<http1::Connection<Stream, Full<Bytes>>>>;

#[derive(Default)]
struct Kept {
    origins: Vec<(Origin, Vec<Idle>)>,
    /// Closes what is idle too long, while there is any.
    reaper: Option<JoinHandle<()>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

impl Pool {
    pub(crate) fn new(connector: Connector, max_idle: usize) -> Self {
        Self { connector, max_idle, kept: Mutex::default() }
    }

    /// The connection that has been idle for the shortest time.
    pub(crate) fn idle(&self, origin: &Origin) -> Option<Connection> {
        loop {
            let mut last = self.kept().pop(origin)?;
            // The server may have ended it, or said what nobody asked for.
            if last.is_fresh() && last.connection.is_free() {
                return Some(last.connection);
            }
        }
    }

    /// Opens a connection for `uri`, within the connector's limit.
    pub(crate) async fn connect(
        &self,
        origin: Origin,
        uri: Uri,
    ) -> Result<Connection, ConnectError> {
        let stream = self.connector.open(uri).await?;
        let mut builder = http1::Builder::new();
        builder.max_header_size(MAX_HEAD).max_buf_size(MAX_HEAD).max_headers(MAX_FIELDS);
        let (sender, driver) =
            builder.handshake(stream).await.map_err(|error| ConnectError::Tcp(error.into()))?;
        Ok(Connection { origin, sender, driver: Some(Box::new(driver)) })
    }

    /// Keeps a connection whose answer was read to the end, unless it closes or there are enough.
    pub(crate) fn keep(self: &Arc<Self>, mut connection: Connection) {
        if self.max_idle == 0 || !connection.is_free() {
            return;
        }
        let mut kept = self.kept();
        let Kept { origins, reaper } = &mut *kept;
        let idle = Idle { since: Instant::now(), connection };
        let known = origins.iter_mut().find(|(known, _)| *known == idle.connection.origin);
        match known {
            Some((_, others)) if others.len() < self.max_idle => others.push(idle),
            Some(_) => {}
            None => origins.push((idle.connection.origin.clone(), vec![idle])),
        }
        // It also ends with its runtime, which the pool may outlive.
        if reaper.as_ref().is_none_or(JoinHandle::is_finished) {
            *reaper = Some(tokio::spawn(reap(Arc::downgrade(self))));
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn pop(&mut self, origin: &Origin) -> Option<Idle> {
        self.origins.iter_mut().find(|(known, _)| known == origin)?.1.pop()
    }
}

impl Idle {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < IDLE_TIMEOUT
    }
}

impl Origin {
    /// That of an absolute URI.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        Some(Self { scheme: uri.scheme()?.clone(), authority: uri.authority()?.clone() })
    }
}

impl Connection {
    /// Sends `request`; an error has it still if nothing of it was sent.
    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>> {
        driven(&mut self.driver, self.sender.try_send_request(request)).await
    }

    /// The next frame of the answer's body.
    pub(crate) async fn frame(
        &mut self,
        body: &mut Incoming,
    ) -> Option<Result<Frame<Bytes>, hyper::Error>> {
        driven(&mut self.driver, body.frame()).await
    }

    /// Whether it can be sent on, as far as can be told without waiting.
    fn is_free(&mut self) -> bool {
        // Nobody waits for it. Without a budget, which the task may have used up.
        let mut looked = pin!(unconstrained(poll_fn(|cx| {
            drive(&mut self.driver, cx);
            Poll::Ready(())
        })));
        let _ = looked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.driver.is_some() && self.sender.is_ready()
    }
}

/// Waits for `work`, and moves the bytes that it waits for.
async fn driven<T>(driver: &mut Driver, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(done);
        }
        drive(driver, cx);
        work.as_mut().poll(cx)
    })
    .await
}

/// Moves what can be moved now. How a connection ends, its request is told.
fn drive(driver: &mut Driver, cx: &mut Context<'_>) {
    let Some(connection) = driver else { return };
    if Pin::new(&mut **connection).poll(cx).is_ready() {
        *driver = None;
    }
}

/// Closes what has been idle too long, until nothing is idle.
async fn reap(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(IDLE_TIMEOUT).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut kept = pool.kept();
        for (_, idle) in &mut kept.origins {
            idle.retain(Idle::is_fresh);
        }
        kept.origins.retain(|(_, idle)| !idle.is_empty());
        if kept.origins.is_empty() {
            kept.reaper = None;
            return;
        }
    }
}

/// hyper's default is 100. Each one more costs memory for every answer, so this is not as many as
/// [`MAX_HEAD`] could hold.
const MAX_FIELDS: usize = 512;

/// Shorter than the minute after which load balancers close idle connections by default, so that a
/// call rarely meets one that is about to close.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
