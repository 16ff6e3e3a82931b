//! What a raw server does on one connection.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::hello::{self, Hello};
use super::raw::Setting;
use super::record::{Event, Record, Request, What};
use super::stream::Stream;
use super::tls;
use super::{Certificate, Connection, Step};

/// Where a connection's events go.
pub(super) struct Log {
    records: watch::Sender<Vec<Record>>,
    number: usize,
    began: Instant,
}

impl Log {
    /// That of the next connection.
    pub(super) fn new(records: watch::Sender<Vec<Record>>, began: Instant) -> Self {
        let mut number = 0;
        records.send_modify(|records| {
            number = records.len();
            records.push(Record { accepted: began.elapsed(), ..Record::default() });
        });
        Self { records, number, began }
    }

    fn add(&self, what: What) {
        self.records.send_modify(|records| {
            if let Some(record) = records.get_mut(self.number) {
                record.events.push(Event { at: self.began.elapsed(), what });
            }
        });
    }

    fn note(&self, note: &'static str) {
        self.add(What::Note(note.into()));
    }

    /// The request that has come last, if all of it has.
    fn last_request(&self) -> Option<Request> {
        let records = self.records.borrow();
        let requests = records.get(self.number)?.requests();
        requests.into_iter().rfind(|request| request.complete)
    }
}

pub(super) async fn serve(
    stream: TcpStream,
    script: Connection,
    log: Log,
    address: SocketAddr,
    setting: Setting,
) {
    let stream = Stream::new(stream);
    let mut client = Client { stream, unread: Vec::new(), first: None, log, address, setting };
    let mut steps = script.into_iter();
    loop {
        match steps.next() {
            None => return client.drain().await,
            Some(Step::Either { tls, plain }) => {
                if !client.read(1).await {
                    return client.drain().await;
                }
                let either = if hello::is_handshake(&client.unread) { tls } else { plain };
                steps = either.into_iter();
            }
            Some(Step::Handshake(certificate)) => match client.handshake(certificate).await {
                Some(secured) => client = secured,
                None => return,
            },
            Some(Step::Reset) => {
                client.log.add(What::Reset);
                return client.stream.reset();
            }
            Some(step) => {
                if !client.take(step).await {
                    return client.drain().await;
                }
            }
        }
    }
}

/// A connection, from the server's side.
struct Client {
    stream: Stream,
    unread: Vec<u8>,
    /// The byte that the client began with.
    first: Option<u8>,
    log: Log,
    address: SocketAddr,
    setting: Setting,
}

impl Client {
    /// Takes a step; false when there is nothing to be done after it.
    async fn take(&mut self, step: Step) -> bool {
        match step {
            Step::Read => self.read_request().await,
            Step::ReadPart(Some(length)) => {
                let read = self.read(length).await;
                self.unread.clear();
                read
            }
            Step::ReadPart(None) => self.read_head().await,
            Step::Write(bytes) => {
                let bytes = self.placed(&bytes);
                self.write(bytes).await
            }
            Step::Echo => {
                let body = self.log.last_request().map(|request| request.body);
                self.write(super::response("200 OK", "", &body.unwrap_or_default())).await
            }
            Step::Drip(bytes) => self.drip(&bytes).await,
            Step::Flood { piece, pause, most } => self.flood(&piece, pause, most).await,
            Step::Pause(pause) => {
                let pause = pause.mul_f64(self.setting.scale);
                self.hold(tokio::time::sleep(pause)).await
            }
            Step::Gate(gate) => {
                let gates = self.setting.gates.clone();
                self.hold(gates.wait(gate)).await
            }
            Step::Close => {
                self.log.add(What::Closes("server: closes"));
                // What is unread would make the kernel reset the connection and destroy the answer.
                let _ = self.stream.shutdown().await;
                false
            }
            Step::Cut => {
                self.log.add(What::Closes("server: closes, without close_notify"));
                let _ = self.stream.cut().await;
                false
            }
            Step::Relay(server) => {
                self.relay(server).await;
                false
            }
            // They end or change the connection itself.
            Step::Either { .. } | Step::Handshake(_) | Step::Reset => true,
        }
    }

    /// Reads until a whole request is there; false when the client closes before.
    async fn read_request(&mut self) -> bool {
        loop {
            let (request, used) = Request::parse(&self.unread);
            if request.complete && !self.unread.is_empty() {
                self.unread.drain(..used);
                return true;
            }
            if !self.read_more().await {
                return false;
            }
        }
    }

    /// Reads until a head is there, and perhaps some of the body.
    async fn read_head(&mut self) -> bool {
        while !self.unread.windows(4).any(|window| window == b"\r\n\r\n") {
            if !self.read_more().await {
                return false;
            }
        }
        self.unread.clear();
        true
    }

    /// Reads until there are so many bytes; false when the client closes before.
    async fn read(&mut self, length: usize) -> bool {
        while self.unread.len() < length {
            if !self.read_more().await {
                return false;
            }
        }
        true
    }

    /// Takes in what has come next; false when the client has closed.
    async fn read_more(&mut self) -> bool {
        let mut chunk = Vec::with_capacity(16 * 1024);
        match self.stream.read_buf(&mut chunk).await {
            Ok(0) => {
                self.log.add(What::Left("client: closed"));
                false
            }
            Err(_) => {
                self.log.add(What::Left("client: reset"));
                false
            }
            Ok(_) => {
                self.unread.extend_from_slice(&chunk);
                self.first = self.first.or_else(|| chunk.first().copied());
                let in_clear = matches!(self.stream, Stream::Plain(_));
                // What TLS says by itself is no part of a request.
                let of_tls = in_clear && hello::is_handshake(self.first.as_slice());
                self.log.add(if of_tls { What::Tls(chunk) } else { What::Received(chunk) });
                true
            }
        }
    }

    /// Takes in what comes until `done`; false when the client closes before.
    async fn hold(&mut self, done: impl Future<Output = ()>) -> bool {
        tokio::pin!(done);
        loop {
            tokio::select! {
                () = &mut done => return true,
                open = self.read_more() => if !open {
                    return false;
                },
            }
        }
    }

    async fn write(&mut self, bytes: Vec<u8>) -> bool {
        self.log.add(What::Sent(bytes.clone()));
        self.send(&bytes).await
    }

    async fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// Writes byte by byte, each in a segment of its own.
    async fn drip(&mut self, bytes: &[u8]) -> bool {
        self.log.add(What::Sent(bytes.to_vec()));
        self.log.note("server: wrote that one byte at a time");
        for byte in bytes {
            if !self.send(&[*byte]).await {
                return false;
            }
            // Without a pause the kernel would hand over several at a time.
            tokio::time::sleep(PAUSE).await;
        }
        true
    }

    async fn flood(&mut self, piece: &[u8], pause: Duration, most: usize) -> bool {
        self.log.add(What::Sent(piece.to_vec()));
        self.log.note("server: writes that again and again");
        let pause = pause.mul_f64(self.setting.scale);
        let mut written = 0;
        while written < most {
            let open =
                if pause.is_zero() { true } else { self.hold(tokio::time::sleep(pause)).await };
            if !open || !self.send(piece).await {
                break;
            }
            written += piece.len();
        }
        self.log.add(What::Flooded(written));
        written >= most
    }

    /// Passes bytes on both ways until the client closes, or the server does and then the client.
    async fn relay(&mut self, server: SocketAddr) {
        let Ok(mut server) = TcpStream::connect(server).await else {
            return self.log.note("server: cannot be reached");
        };
        loop {
            let mut answered = Vec::with_capacity(16 * 1024);
            tokio::select! {
                open = self.read_more() => {
                    let asked = std::mem::take(&mut self.unread);
                    if !open {
                        return;
                    }
                    if server.write_all(&asked).await.is_err() {
                        break;
                    }
                }
                read = server.read_buf(&mut answered) => {
                    if read.unwrap_or(0) == 0 {
                        break;
                    }
                    if !self.write(answered).await {
                        return;
                    }
                }
            }
        }
        self.log.add(What::Closes("server: closes"));
        let _ = self.stream.shutdown().await;
    }

    /// Goes on in TLS; none when there is no connection any more.
    async fn handshake(mut self, certificate: Certificate) -> Option<Self> {
        while hello::is_handshake(&self.unread) && Hello::parse(&self.unread).is_none() {
            if !self.read_more().await {
                return None;
            }
        }
        let config = match tls::config(certificate) {
            Ok(config) => config,
            Err(error) => {
                self.log.add(What::Note(format!("the suite broke: {error}").into()));
                return None;
            }
        };
        let Self { stream, unread, first, log, address, setting } = self;
        let client =
            |stream, log| Self { stream, unread: Vec::new(), first, log, address, setting };
        match stream.handshake(unread, config).await {
            Ok(stream) => {
                log.add(What::Secured);
                Some(client(stream, log))
            }
            Err((error, stream)) => {
                log.add(What::Note(format!("no TLS: {error}").into()));
                let Some(stream) = stream else {
                    log.add(What::Reset);
                    return None;
                };
                let mut left = client(stream, log);
                let _ = left.stream.shutdown().await;
                left.drain().await;
                None
            }
        }
    }

    /// Reads on until the client closes.
    async fn drain(&mut self) {
        while !self.has_ended() && self.read_more().await {
            self.unread.clear();
        }
    }

    fn has_ended(&self) -> bool {
        self.log.records.borrow().get(self.log.number).is_some_and(Record::ended)
    }

    fn placed(&self, bytes: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
        if !text.contains('{') {
            return bytes.to_vec();
        }
        let second = self.setting.second.map(|address| address.to_string());
        let request = self.log.last_request();
        let field = |name| {
            let value = request.as_ref().and_then(|request| request.value(name));
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        text.replace("{authority}", &self.address.to_string())
            .replace("{second}", &second.unwrap_or_default())
            .replace("{tripwire}", &self.setting.tripwire.to_string())
            .replace("{authorization}", &field("authorization"))
            .replace("{token}", &field("x-amz-security-token"))
            .into_bytes()
    }
}

/// Between two bytes that are to be read apart.
const PAUSE: Duration = Duration::from_millis(1);
