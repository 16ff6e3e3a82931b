//! A server that answers with given bytes and keeps what it was sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the server does once its answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "for this workspace's tests only")]
pub enum End {
    /// Closes the connection.
    Close,
    /// Keeps it open, silent, until the client closes.
    Hold,
    /// Resets it.
    Reset,
}

/// Plain TCP; each connection gets the same script.
#[derive(Debug)]
pub struct Raw {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    /// How many connections were accepted, and how many have ended.
    connections: watch::Receiver<(usize, usize)>,
}

impl Raw {
    /// On each connection: reads a request for each of `answers` and writes the answer, then `end`.
    pub async fn start(answers: Vec<Vec<u8>>, end: End) -> Self {
        Self::on("127.0.0.1:0", answers, end).await
    }

    /// [`Raw::start`] on an address of choice.
    pub async fn on(address: &str, answers: Vec<Vec<u8>>, end: End) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (count, connections) = watch::channel((0, 0));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.send_modify(|(accepted, _)| *accepted += 1);
                let (answers, kept, count) = (answers.clone(), Arc::clone(&kept), count.clone());
                tokio::spawn(async move {
                    // A client that closes in between is what some tests are about.
                    let _ = serve(stream, answers, end, &kept).await;
                    count.send_modify(|(_, ended)| *ended += 1);
                });
            }
        });
        Self { address, requests, connections }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://ADDRESS`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that were read, head and body.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }

    /// How many connections were accepted.
    pub fn accepted(&self) -> usize {
        self.connections.borrow().0
    }

    /// Returns when the server has seen the end of `connections` of them.
    pub async fn ended(&self, connections: usize) {
        let mut seen = self.connections.clone();
        seen.wait_for(|(_, ended)| *ended >= connections).await.unwrap();
    }
}

async fn serve(
    mut stream: TcpStream,
    answers: Vec<Vec<u8>>,
    end: End,
    kept: &Mutex<Vec<Vec<u8>>>,
) -> std::io::Result<()> {
    for answer in answers {
        let request = read_request(&mut stream).await?;
        kept.lock().unwrap().push(request);
        stream.write_all(&answer).await?;
    }
    match end {
        End::Close => {}
        End::Hold => {
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
        }
        End::Reset => stream.set_zero_linger()?,
    }
    Ok(())
}

/// Reads one request: head, and as much body as its Content-Length says.
///
/// # Errors
///
/// When the client closes before the request is whole.
pub async fn read_request<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
) -> std::io::Result<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        if let Some(head) = request.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if request.len() >= head + 4 + length {
                return Ok(request);
            }
        }
        if stream.read_buf(&mut request).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}
