//! Credentials of a container: ECS, EKS Pod Identity.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aws_config::ecs::EcsCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use tokio::sync::oneshot;

use crate::credentials::aws::Bridge;
use crate::credentials::provided::{Failed, Provided};

/// Asks the endpoint that the process's environment names. The SDK's provider sees to it that a token goes
/// over `http` to this machine and AWS's own addresses alone.
pub(crate) async fn ask(bridge: &Bridge) -> Result<Provided, Failed> {
    let provider = EcsCredentialsProvider::builder()
        .configure(&bridge.provider_config())
        .dns(Lookup { deadline: bridge.deadline() })
        .build();
    match provider.provide_credentials().await {
        Ok(credentials) => credentials.try_into(),
        Err(error) => Err(Failed::new(bridge.words(&error)).next(NEXT)),
    }
}

/// The system's name lookup, in a thread of its own, which is left behind when it takes too long.
#[derive(Debug)]
struct Lookup {
    deadline: Instant,
}

impl ResolveDns for Lookup {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let name = name.to_owned();
            let left = self.deadline.saturating_duration_since(Instant::now()).min(LONGEST);
            let (found, addresses) = oneshot::channel();
            thread::spawn(move || {
                let (send, receive) = mpsc::channel();
                thread::spawn(move || {
                    let looked_up = (&*name, 0).to_socket_addrs();
                    send.send(looked_up.map(|found| found.map(|a| a.ip()).collect::<Vec<IpAddr>>()))
                });
                found.send(receive.recv_timeout(left))
            });
            match addresses.await {
                // None at all would pass as "all of them are allowed".
                Ok(Ok(Ok(addresses))) if !addresses.is_empty() => Ok(addresses),
                Ok(Ok(Err(error))) => Err(ResolveDnsError::new(error)),
                Ok(Ok(Ok(_))) => Err(ResolveDnsError::new("the host has no address")),
                _ => Err(ResolveDnsError::new("the name lookup did not end in time")),
            }
        })
    }
}

const LONGEST: Duration = Duration::from_secs(5);

const NEXT: &str = "check AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, and the role of the task or pod";
