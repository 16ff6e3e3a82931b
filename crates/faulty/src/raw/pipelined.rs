//! The defect of pipelining: requests go out one behind the other, and answers are taken in that order.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use kendra_sync_core::TransportError;
use kendra_sync_core::TransportErrorKind::Interrupted;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::Mutex;

use super::connect::{Connection, Origin, Stream};
use super::wire::{Wire, failed};
use super::{Raw, exchange, request};

/// The one connection that all requests go over.
pub(super) struct Line {
    origin: Origin,
    writer: Mutex<WriteHalf<Box<dyn Stream>>>,
    reader: Arc<Mutex<Reader>>,
}

struct Reader {
    stream: ReadHalf<Box<dyn Stream>>,
    unread: BytesMut,
    /// The last answer was read whole, and another may come.
    clean: bool,
}

impl Line {
    pub(super) fn new(origin: Origin, connection: Connection) -> Self {
        let (stream, writer) = tokio::io::split(connection.stream);
        let reader = Reader { stream, unread: BytesMut::new(), clean: true };
        Self { origin, writer: Mutex::new(writer), reader: Arc::new(Mutex::new(reader)) }
    }

    /// Whether another request may go over it.
    pub(super) fn is_for(&self, origin: &Origin) -> bool {
        // One that is being read is taken to be clean.
        self.origin == *origin && self.reader.try_lock().map_or(true, |reader| reader.clean)
    }

    pub(super) async fn exchange(
        &self,
        raw: &Raw,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        let mut writer = self.writer.lock().await;
        let bytes = request::written(request, raw.defect);
        let written = writer.write_all(&bytes).await;
        written.map_err(|error| failed(Interrupted).with_source(error))?;
        let _ = writer.flush().await;
        // A place in the queue of readers, before anyone else can write.
        let mut turn = Box::pin(Arc::clone(&self.reader).lock_owned());
        let at_once = poll_fn(|cx| match turn.as_mut().poll(cx) {
            Poll::Ready(reader) => Poll::Ready(Some(reader)),
            Poll::Pending => Poll::Ready(None),
        });
        let at_once = at_once.await;
        drop(writer);
        let mut reader = match at_once {
            Some(reader) => reader,
            None => turn.await,
        };
        reader.clean = false;
        let Reader { stream, unread, .. } = &mut *reader;
        let mut wire = Wire::new(raw, std::time::Duration::MAX, stream, unread);
        let (response, kept) = exchange::answer(&mut wire).await?;
        reader.clean = kept;
        Ok(response)
    }
}
