//! Credentials of an EC2 instance: IMDSv2.

use aws_config::imds::Client;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;

use crate::credentials::aws::Bridge;
use crate::credentials::provided::{Failed, Provided};
use crate::credentials::search::NEXT;
use crate::credentials::sources::InstanceMetadata;

pub(crate) async fn ask(metadata: &InstanceMetadata, bridge: &Bridge) -> Result<Provided, Failed> {
    let config = bridge.provider_config();
    let url = &metadata.endpoint;
    let client = Client::builder().configure(&config).endpoint(url);
    let client = client.map_err(|_| Failed::new(format!("{url} is no URL")))?.build();
    let provider =
        ImdsCredentialsProvider::builder().configure(&config).imds_client(client).build();
    match provider.provide_credentials().await {
        Ok(credentials) => credentials.try_into(),
        Err(error @ CredentialsError::CredentialsNotLoaded(_)) => {
            Err(Failed::new(format!("{url}: {}", bridge.words(&error))))
        }
        Err(error) => {
            let failed = Failed::new(format!("{url}: {}", bridge.words(&error)));
            Err(failed.next(format!("on an instance check its IAM role; elsewhere {NEXT}")))
        }
    }
}
