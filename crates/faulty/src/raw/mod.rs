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
use self::wire::failed;

mod body;
mod connect;
mod defect;
mod exchange;
mod head;
mod request;
mod rows;
mod wire;

#[derive(Clone)]
pub(crate) struct Raw {
    defect: Defect,
    tls: Arc<ClientConfig>,
    connect_timeout: Duration,
    idle: Arc<Mutex<HashMap<Origin, Vec<Connection>>>>,
}

impl Raw {
    pub(crate) fn new(defect: Defect, tls: ClientConfig, connect_timeout: Duration) -> Self {
        let (tls, idle) = (Arc::new(tls), Arc::default());
        Self { defect, tls, connect_timeout, idle }
    }

    /// One exchange. `written` tells whether something may have gone out.
    async fn exchange(
        &self,
        request: &Request<Bytes>,
        timeout: Duration,
        written: &AtomicBool,
    ) -> Result<Response<Bytes>, TransportError> {
        let origin = Origin::of(request.uri(), self.defect)?;
        let mut connection = match self.take(&origin) {
            Some(connection) => connection,
            None => self.connect(&origin).await?,
        };
        written.store(true, Ordering::Relaxed);
        let exchanging = connection.exchange(request, timeout, self.defect);
        let outcome = match self.defect {
            Defect::KeepsAfterErrors => match tokio::time::timeout(timeout, exchanging).await {
                Ok(outcome) => outcome,
                Err(_elapsed) => Err(failed(Timeout)),
            },
            _ => exchanging.await,
        };
        match outcome {
            Ok((response, reusable)) => {
                if reusable {
                    self.put_back(origin, connection);
                }
                Ok(response)
            }
            Err(error) if self.defect == Defect::KeepsAfterErrors => {
                self.put_back(origin, connection);
                Err(error)
            }
            Err(error) if self.defect == Defect::LeaksOnError => {
                std::mem::forget(connection);
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn connect(&self, origin: &Origin) -> Result<Connection, TransportError> {
        loop {
            match origin.connect(&self.tls, self.connect_timeout).await {
                Err(_) if self.defect == Defect::ConnectsForEver => {
                    tokio::task::yield_now().await;
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
                Defect::KeepsExtraBytes => !connection.unread.is_empty(),
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
            Defect::PoolIgnoresScheme => Origin { secure: false, ..origin.clone() },
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
        let outcome = match self.defect {
            // They have limits of their own.
            Defect::LimitForEachRead | Defect::LimitForHeadOnly | Defect::KeepsAfterErrors => {
                exchange.await
            }
            _ => tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_elapsed| {
                let sent = written.load(Ordering::Relaxed);
                let delivery = if sent { Delivery::MaybeSent } else { Delivery::NotSent };
                Err(TransportError::new(Timeout, delivery))
            }),
        };
        outcome
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
