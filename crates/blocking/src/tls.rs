//! TLS over one of ureq's transports. ureq's own takes no `ClientConfig`.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use crate::exchange;

pub(crate) struct TlsTransport {
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    buffers: LazyBuffers,
}

impl TlsTransport {
    /// Does the handshake, within what connecting has left.
    pub(crate) fn connect(
        transport: Box<dyn Transport>,
        details: &ConnectionDetails<'_>,
        config: Arc<ClientConfig>,
    ) -> io::Result<Self> {
        let host = details.uri.host().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let refused = |error: rustls::Error| io::Error::other(error);
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| {
            refused(rustls::Error::General("no certificate can be for this name".into()))
        })?;
        let mut connection = ClientConnection::new(config, name).map_err(refused)?;
        let mut transport = TransportAdapter::new(transport, details.current_time.clone());
        transport.set_timeout(exchange::limit(details.timeout));
        connection.complete_io(&mut transport)?;
        let buffers = LazyBuffers::new(
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Self { stream: StreamOwned::new(connection, transport), buffers })
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let output = self.buffers.output();
        self.stream.write_all(output.get(..amount).unwrap_or(output))?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        // What came with the last answer is in rustls: a close_notify, say.
        let Ok(state) = self.stream.conn.process_new_packets() else { return false };
        let ended = state.peer_has_closed() || state.plaintext_bytes_to_read() > 0;
        !ended && self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsTransport").finish_non_exhaustive()
    }
}
