//! A TCP socket, without signing.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;

#[path = "../../request.rs"]
mod request;

/// A connection of its own, and the bytes of a request.
pub struct Client {
    stream: TcpStream,
    host: String,
    request: Vec<u8>,
    answer: [u8; 4096],
}

impl Client {
    /// Connects.
    pub fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let host = url.strip_prefix("http://").ok_or("the URL must be http")?;
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        let mut head = format!("POST / HTTP/1.1\r\nhost: {host}\r\n");
        for (name, value) in request::HEADERS {
            write!(head, "{name}: {value}\r\n")?;
        }
        write!(head, "content-length: {}\r\n\r\n{}", request::BODY.len(), request::BODY)?;
        let host = host.to_owned();
        Ok(Self { stream, host, request: head.into_bytes(), answer: [0; 4096] })
    }

    /// Another connection, for another caller.
    pub fn another(&self) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Self::connect(&format!("http://{}", self.host))
    }

    /// One call: the answer is `{}` after a head, and comes in one piece or more.
    pub fn call(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.stream.write_all(&self.request)?;
        let mut end = 0;
        loop {
            let rest = self.answer.get_mut(end..).unwrap_or_default();
            let read = self.stream.read(rest)?;
            end += read;
            let answer = self.answer.get(..end).unwrap_or_default();
            if answer.ends_with(b"\r\n\r\n{}") {
                let ok = answer.starts_with(b"HTTP/1.1 200 ");
                return if ok { Ok(()) } else { Err("the answer is not a 200".into()) };
            }
            if read == 0 {
                return Err("the server closed the connection".into());
            }
        }
    }
}
