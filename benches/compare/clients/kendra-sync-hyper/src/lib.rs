//! kendra-sync-hyper as a program uses it.

use std::error::Error;

use kendra_sync_hyper as kendra;
use kendra_sync_hyper::{Config, Credentials, DataSourceId, Endpoint, HyperTransport, IndexId};

/// A client, and whose job it stops.
pub struct Client {
    client: kendra::Client<HyperTransport>,
    index: IndexId,
    source: DataSourceId,
}

impl Client {
    /// A client that connects with its first call.
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", None)?;
        let config = Config::new("eu-west-1".parse()?).endpoint(Endpoint::parse(url)?);
        Ok(Self {
            client: kendra::Client::new(HyperTransport::new(), credentials, config),
            index: IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789")?,
            source: DataSourceId::new("wiki")?,
        })
    }

    /// The same client, for another caller.
    pub async fn another(&self) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (index, source) = (self.index.clone(), self.source.clone());
        Ok(Self { client: self.client.clone(), index, source })
    }

    /// One call.
    pub async fn call(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.client.stop_data_source_sync_job(&self.index, &self.source).await?;
        Ok(())
    }
}
