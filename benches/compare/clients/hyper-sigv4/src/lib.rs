//! A bare hyper connection, and aws-sigv4's `sign()`.

use std::error::Error;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, HOST};
use http_body_util::Full;

#[path = "../../connection.rs"]
mod connection;
#[path = "../../request.rs"]
mod request;

use connection::Connection;

/// A connection of its own, and static credentials.
pub struct Client {
    connection: Connection,
    credentials: Credentials,
}

impl Client {
    /// Connects.
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (key, secret) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG");
        let credentials = Credentials::new(key, secret, None, None, "static");
        Ok(Self { connection: Connection::open(url).await?, credentials })
    }

    /// Another connection, for another caller.
    pub async fn another(&self) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Self::connect(&self.connection.url).await
    }

    /// One call.
    pub async fn call(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let host = &self.connection.host;
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("kendra")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let mut signed = vec![("host", host.to_str()?)];
        let ours = [AUTHORIZATION.as_str(), "x-amz-date"];
        let others = request::HEADERS.into_iter().filter(|(name, _)| !ours.contains(name));
        signed.extend(others.clone().take(2));
        let body = SignableBody::Bytes(request::BODY.as_bytes());
        let url = self.connection.url.as_str();
        let signable = SignableRequest::new("POST", url, signed.into_iter(), body)?;
        let (instructions, _signature) = sign(signable, &parameters)?.into_parts();

        let mut request = Request::post("/").header(HOST, host.clone());
        for (name, value) in others {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from_static(request::BODY.as_bytes()));
        let mut request = request.body(body)?;
        instructions.apply_to_request_http1x(&mut request);
        self.connection.exchange(request).await
    }
}
