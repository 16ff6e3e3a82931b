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
    requests: Requests,
    /// How many connections were accepted, and how many have ended.
    connections: watch::Receiver<(usize, usize)>,
}

type Requests = Arc<Mutex<Vec<Vec<u8>>>>;

/// What a connection gets: an answer for each request, then the end.
pub type Script = (Vec<Vec<u8>>, End);

impl Raw {
    /// On each connection: reads a request for each of `answers` and writes the answer, then `end`.
    pub async fn start(answers: Vec<Vec<u8>>, end: End) -> Self {
        Self::on("127.0.0.1:0", answers, end).await
    }

    /// [`Raw::start`] on an address of choice.
    pub async fn on(address: &str, answers: Vec<Vec<u8>>, end: End) -> Self {
        Self::listen(address, move |_, stream, requests| {
            serve(stream, (answers.clone(), end), requests)
        })
        .await
    }

    /// The first connection gets the first script, and so on; the last one is repeated.
    pub async fn sequence(scripts: Vec<Script>) -> Self {
        let last = scripts.len() - 1;
        Self::scripted(move |connection| scripts[connection.min(last)].clone()).await
    }

    /// Each connection gets what `script` makes of its number, from 0.
    pub async fn scripted(script: impl Fn(usize) -> Script + Send + 'static) -> Self {
        Self::listen("127.0.0.1:0", move |connection, stream, requests| {
            serve(stream, script(connection), requests)
        })
        .await
    }

    /// Answers each request with what `answer` makes of it and of its number, from 0, on as many
    /// connections as come.
    pub async fn answering(
        answer: impl Fn(usize, &[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        Self::listen("127.0.0.1:0", move |_, mut stream, requests| {
            let answer = Arc::clone(&answer);
            async move {
                loop {
                    let request = read_request(&mut stream).await?;
                    let number = keep(&requests, &request);
                    stream.write_all(&answer(number, &request)).await?;
                }
            }
        })
        .await
    }

    async fn listen<F>(
        address: &str,
        serve: impl Fn(usize, TcpStream, Requests) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Requests::default();
        let (count, connections) = watch::channel((0, 0));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                count.send_modify(|(accepted, _)| *accepted += 1);
                let served = serve(connection, stream, Arc::clone(&kept));
                let count = count.clone();
                tokio::spawn(async move {
                    // A client that closes in between is what some tests are about.
                    let _ = served.await;
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
    (answers, end): Script,
    requests: Requests,
) -> std::io::Result<()> {
    for answer in answers {
        let request = read_request(&mut stream).await?;
        keep(&requests, &request);
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

/// Keeps a request; gives its number, from 0.
fn keep(requests: &Requests, request: &[u8]) -> usize {
    let mut requests = requests.lock().unwrap();
    requests.push(request.to_vec());
    requests.len() - 1
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
