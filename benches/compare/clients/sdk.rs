//! The official SDK, with whatever features the package asks for.

use std::error::Error;

use aws_credential_types::Credentials;
use aws_sdk_kendra::config::{BehaviorVersion, Config, Region};

/// A client, with static credentials.
pub struct Client {
    client: aws_sdk_kendra::Client,
}

impl Client {
    /// A client that connects with its first call.
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (key, secret) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG");
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new(key, secret, None, None, "static"))
            .endpoint_url(url)
            .build();
        Ok(Self { client: aws_sdk_kendra::Client::from_conf(config) })
    }

    /// The same client, for another caller.
    pub async fn another(&self) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { client: self.client.clone() })
    }

    /// One call.
    pub async fn call(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let call = self.client.stop_data_source_sync_job();
        call.index_id("0a1b2c3d-4e5f-6789-abcd-ef0123456789").id("wiki").send().await?;
        Ok(())
    }
}
