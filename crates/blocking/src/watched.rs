//! The outermost transport: sees the request's first byte, and tells a cut from an end.

use std::io;

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use crate::exchange;

#[derive(Debug)]
pub(crate) struct Watched {
    inner: Box<dyn Transport>,
}

impl Watched {
    pub(crate) fn new(inner: Box<dyn Transport>) -> Self {
        Self { inner }
    }
}

impl Transport for Watched {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if amount > 0 {
            exchange::sending();
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(timeout).map_err(|error| match error {
            ureq::Error::Io(error) if ends_a_body(error.kind()) => {
                ureq::Error::Io(io::Error::other(error))
            }
            error => error,
        })
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

/// What ureq 3.5 takes for the end of a body that only the connection's end delimits: also a reset,
/// and TLS without close_notify, after which more may have been to come. Under another kind it is
/// what it is, an error. A body that is complete by its length is not read further, so it never
/// comes here.
fn ends_a_body(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, UnexpectedEof | ConnectionAborted | ConnectionReset)
}
