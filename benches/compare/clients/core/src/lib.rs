//! kendra-sync-core over a transport that answers at once.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use kendra_sync_core::blocking::{self, HttpTransport};
use kendra_sync_core::{Config, Credentials, DataSourceId, IndexId, TransportError};

/// A client without a network, and whose job it stops.
pub struct Client {
    client: blocking::Client<AtOnce>,
    index: IndexId,
    source: DataSourceId,
}

impl Client {
    /// A client that calls nobody.
    pub fn connect(_url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", None)?;
        let config = Config::new("eu-west-1".parse()?);
        Ok(Self {
            client: blocking::Client::new(AtOnce, credentials, config),
            index: IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789")?,
            source: DataSourceId::new("wiki")?,
        })
    }

    /// The same client, for another caller.
    pub fn another(&self) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (index, source) = (self.index.clone(), self.source.clone());
        Ok(Self { client: self.client.clone(), index, source })
    }

    /// One call.
    pub fn call(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.client.stop_data_source_sync_job(&self.index, &self.source)?;
        Ok(())
    }
}

#[derive(Clone, Debug)]
struct AtOnce;

impl HttpTransport for AtOnce {
    fn send(&self, _: Request<Bytes>, _: Duration) -> Result<Response<Bytes>, TransportError> {
        let mut response = Response::new(Bytes::from_static(b"{}"));
        let id = HeaderValue::from_static("52dbb64c-5fd8-4306-9605-39f9a58abf56");
        response.headers_mut().insert("x-amzn-requestid", id);
        Ok(response)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
