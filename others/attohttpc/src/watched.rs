//! Tells whether anything of a request can have been sent.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;

use attohttpc::body::{Body, BodyKind};
use bytes::Bytes;
use kendra_sync_core::Delivery;

/// Whether the sending of a request has begun.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent(Rc<Cell<bool>>);

impl Sent {
    pub(crate) fn delivery(&self) -> Delivery {
        if self.0.get() { Delivery::MaybeSent } else { Delivery::NotSent }
    }
}

/// A body of one piece. attohttpc gathers the head and the body in a buffer: when it asks for the body, it has a
/// connection, and it has written nothing unless the head is larger than that buffer.
#[derive(Debug)]
pub(crate) struct Watched {
    body: Bytes,
    sent: Sent,
}

impl Watched {
    /// `head` is about how long the head is.
    pub(crate) fn new(body: Bytes, head: usize, sent: &Sent) -> Self {
        let sent = sent.clone();
        // attohttpc's buffer has 8 KiB; its own fields take less than half a kilobyte.
        sent.0.set(head > 7 * 1024);
        Self { body, sent }
    }
}

impl Body for Watched {
    fn kind(&mut self) -> io::Result<BodyKind> {
        Ok(BodyKind::KnownLength(self.body.len() as u64))
    }

    fn write<W: Write>(&mut self, mut writer: W) -> io::Result<()> {
        self.sent.0.set(true);
        writer.write_all(&self.body)
    }
}
