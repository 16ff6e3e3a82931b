//! A bare hyper connection, without signing.

use std::error::Error;

use bytes::Bytes;
use http::Request;
use http::header::HOST;
use http_body_util::Full;

#[path = "../../connection.rs"]
mod connection;
#[path = "../../request.rs"]
mod request;

use connection::Connection;

/// A connection of its own.
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Connects.
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { connection: Connection::open(url).await? })
    }

    /// Another connection, for another caller.
    pub async fn another(&self) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { connection: Connection::open(&self.connection.url).await? })
    }

    /// One call.
    pub async fn call(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut request = Request::post("/").header(HOST, self.connection.host.clone());
        for (name, value) in request::HEADERS {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from_static(request::BODY.as_bytes()));
        self.connection.exchange(request.body(body)?).await
    }
}
