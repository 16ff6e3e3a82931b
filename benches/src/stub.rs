//! A server that answers every request with success, in threads that allocate nothing once a
//! connection is there.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server on 127.0.0.1, for as long as the process runs.
#[derive(Debug)]
pub struct Stub {
    address: SocketAddr,
}

impl Stub {
    /// Starts it.
    pub fn http() -> Self {
        Self::start(|mut stream| serve(&mut stream))
    }

    /// Starts it with TLS.
    pub fn https(config: ServerConfig) -> Self {
        let config = Arc::new(config);
        Self::start(move |stream| {
            let connection =
                ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            serve(&mut StreamOwned::new(connection, stream))
        })
    }

    fn start(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, serve) = (stream.unwrap(), Arc::clone(&serve));
                stream.set_nodelay(true).unwrap();
                // A client that hangs up ends its thread.
                std::thread::spawn(move || serve(stream));
            }
        });
        Self { address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Answers each request of a connection. A request ends with its body's brace, which stands nowhere
/// else in it.
fn serve(stream: &mut (impl Read + Write)) -> io::Result<()> {
    let mut request = [0; 8 * 1024];
    loop {
        let read = stream.read(&mut request)?;
        match request.get(..read) {
            None | Some([]) => return Ok(()),
            Some([.., b'}']) => stream.write_all(ANSWER)?,
            Some(_) => {}
        }
    }
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\
    x-amzn-RequestId: 8d0f3a4e-2b1c-4f5d-9a6b-7c8d9e0f1a2b\r\n\
    Content-Type: application/x-amz-json-1.1\r\n\
    Content-Length: 0\r\n\
    Date: Tue, 24 Nov 2026 09:08:07 GMT\r\n\r\n";
