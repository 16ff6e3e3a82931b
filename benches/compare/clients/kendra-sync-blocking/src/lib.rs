//! kendra-sync-blocking as a program uses it.

use std::error::Error;

use kendra_sync_blocking as kendra;
use kendra_sync_blocking::{
    BlockingTransport, Config, Credentials, DataSourceId, Endpoint, IndexId,
};

/// A client, and whose job it stops.
pub struct Client {
    client: kendra::Client<BlockingTransport>,
    index: IndexId,
    source: DataSourceId,
}

impl Client {
    /// A client that connects with its first call.
    pub fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", None)?;
        let config = Config::new("eu-west-1".parse()?).endpoint(Endpoint::parse(url)?);
        Ok(Self {
            client: kendra::Client::new(BlockingTransport::new(), credentials, config),
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
