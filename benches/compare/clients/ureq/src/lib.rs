//! ureq, without signing.

use std::error::Error;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

#[path = "../../request.rs"]
mod request;

/// An agent, and where it calls.
pub struct Client {
    agent: Agent,
    url: String,
}

impl Client {
    /// An agent that connects with its first call.
    pub fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        // Its own bound is three connections to a host.
        let config = Agent::config_builder().tls_config(tls).max_idle_connections_per_host(1024);
        let config = config.max_idle_connections(1024);
        Ok(Self { agent: config.build().new_agent(), url: url.to_owned() })
    }

    /// The same agent, for another caller.
    pub fn another(&self) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { agent: self.agent.clone(), url: self.url.clone() })
    }

    /// One call.
    pub fn call(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut request = self.agent.post(&self.url);
        for (name, value) in request::HEADERS {
            request = request.header(name, value);
        }
        request.send(request::BODY)?.into_body().read_to_vec()?;
        Ok(())
    }
}
