//! A small HTTP/1.1 client on tokio, with a switch for a defect. Without one it keeps the contract, which is
//! the second control besides `S00`.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::TransportErrorKind::Timeout;
use kendra_sync_core::{Delivery, HttpTransport, TransportError};
use rustls::ClientConfig;

pub(crate) use self::defect::Defect;
pub(crate) use self::rows::rows;

use self::connect::{Connection, Origin, unsent};
use self::pipelined::Line;
use self::wire::failed;

mod body;
mod connect;
mod defect;
mod exchange;
mod head;
mod pipelined;
mod request;
mod rows;
mod wire;

#[derive(Clone)]
pub(crate) struct Raw {
    defect: Defect,
    tls: Arc<ClientConfig>,
    connect_timeout: Duration,
    idle: Arc<Mutex<HashMap<Origin, Vec<Connection>>>>,
    /// What a defect lets only one hold at a time.
    one_at_a_time: Arc<tokio::sync::Mutex<()>>,
    /// The defect's of pipelining.
    line: Arc<tokio::sync::Mutex<Option<Arc<Line>>>>,
}

impl Raw {
    pub(crate) fn new(defect: Defect, tls: ClientConfig, connect_timeout: Duration) -> Self {
        let (tls, idle) = (Arc::new(tls), Arc::default());
        let (one_at_a_time, line) = (Arc::default(), Arc::default());
        Self { defect, tls, connect_timeout, idle, one_at_a_time, line }
    }

    /// One exchange. `written` tells whether something may have gone out.
    async fn exchange(
        &self,
        request: &Request<Bytes>,
        timeout: Duration,
        written: &AtomicBool,
    ) -> Result<Response<Bytes>, TransportError> {
        let origin = Origin::of(request.uri(), self.defect)?;
        if self.defect == Defect::Pipelines {
            return self.pipelined(origin, request, written).await;
        }
        let mut connection = match self.take(&origin) {
            Some(connection) => connection,
            None => self.connect(&origin, timeout).await?,
        };
        written.store(true, Ordering::Relaxed);
        let exchanging = connection.exchange(self, request, timeout);
        let outcome = match self.defect {
            Defect::KeepsAfterErrors | Defect::LimitAfterConnect => {
                let limited = tokio::time::timeout(timeout, exchanging).await;
                limited.unwrap_or_else(|_elapsed| Err(failed(Timeout)))
            }
            _ => exchanging.await,
        };
        match outcome {
            Ok((response, reusable)) => {
                if reusable {
                    self.put_back(origin, connection);
                }
                Ok(response)
            }
            Err(error) => match self.defect {
                Defect::KeepsAfterErrors => {
                    self.put_back(origin, connection);
                    Err(error)
                }
                Defect::LeaksOnError => {
                    std::mem::forget(connection);
                    Err(error)
                }
                Defect::ResendsOnThirdUse if connection.used >= 2 => {
                    let mut another = self.connect(&origin, timeout).await?;
                    another.exchange(self, request, timeout).await.map(|(response, _)| response)
                }
                _ => Err(error),
            },
        }
    }

    async fn pipelined(
        &self,
        origin: Origin,
        request: &Request<Bytes>,
        written: &AtomicBool,
    ) -> Result<Response<Bytes>, TransportError> {
        let line = {
            let mut line = self.line.lock().await;
            match &*line {
                Some(line) if line.is_for(&origin) => Arc::clone(line),
                _ => {
                    let connection = self.connect(&origin, Duration::MAX).await?;
                    Arc::clone(line.insert(Arc::new(Line::new(origin, connection))))
                }
            }
        };
        written.store(true, Ordering::Relaxed);
        line.exchange(self, request).await
    }

    async fn connect(
        &self,
        origin: &Origin,
        timeout: Duration,
    ) -> Result<Connection, TransportError> {
        let _one = match self.defect {
            Defect::OneConnectAtATime => Some(self.one_at_a_time.lock().await),
            _ => None,
        };
        let limit = match self.defect {
            Defect::LimitAfterConnect => self.connect_timeout.min(timeout),
            _ => self.connect_timeout,
        };
        loop {
            match origin.connect(&self.tls, limit).await {
                Err(_) if self.defect == Defect::ConnectsForEver => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                outcome => return outcome,
            }
        }
    }

    fn take(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = idle.get_mut(&self.key(origin))?;
        while let Some(mut connection) = connections.pop() {
            let used_anyway = match self.defect {
                Defect::KeepsAfterErrors | Defect::ReusesEnded => true,
                Defect::KeepsExtraBytes => connection.has_said_something(),
                _ => false,
            };
            if used_anyway || connection.is_quiet() {
                return Some(connection);
            }
        }
        None
    }

    fn put_back(&self, origin: Origin, mut connection: Connection) {
        if self.defect == Defect::NewConnectionEachTime {
            return;
        }
        if self.defect == Defect::KeepsAfterErrors {
            connection.unread.clear();
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.entry(self.key(&origin)).or_default().push(connection);
    }

    fn key(&self, origin: &Origin) -> Origin {
        match self.defect {
            Defect::PoolIgnoresPort => Origin { port: 0, ..origin.clone() },
            _ => origin.clone(),
        }
    }
}

#[async_trait]
impl HttpTransport for Raw {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        if timeout.is_zero() {
            return Err(unsent(Timeout));
        }
        let written = AtomicBool::new(false);
        let exchange = self.exchange(&request, timeout, &written);
        match self.defect {
            // They have limits of their own.
            Defect::KeepsAfterErrors
            | Defect::LimitAfterConnect
            | Defect::LimitAnewForBody
            | Defect::LimitForEachRead
            | Defect::LimitForHeadOnly => exchange.await,
            _ => tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_elapsed| {
                let sent = written.load(Ordering::Relaxed);
                let delivery = if sent { Delivery::MaybeSent } else { Delivery::NotSent };
                Err(TransportError::new(Timeout, delivery))
            }),
        }
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw").field("defect", &self.defect).finish_non_exhaustive()
    }
}
