//! A client in a few lines: aws-sigv4 signs, raw HTTP goes over TCP.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use kendra_sync_emulator::signature::ReceivedRequest;
use kendra_sync_emulator::{Emulator, Identity};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const INDEX: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
pub(crate) const SOURCE: &str = "wiki";

/// A request before it is signed; the fields are what tests vary.
#[derive(Clone)]
pub(crate) struct Unsigned {
    pub(crate) method: &'static str,
    pub(crate) host: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) identity: Identity,
    pub(crate) region: &'static str,
    pub(crate) service: &'static str,
    pub(crate) time: SystemTime,
}

/// A request as it goes over the wire, open to tampering.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) method: Vec<u8>,
    pub(crate) target: Vec<u8>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) fn stop_body(index: &str, source: &str) -> Vec<u8> {
    format!(r#"{{"Id":"{source}","IndexId":"{index}"}}"#).into_bytes()
}

/// The plain stop of [`SOURCE`] in [`INDEX`].
pub(crate) fn stop(host: &str, identity: &Identity) -> Unsigned {
    Unsigned {
        method: "POST",
        host: host.to_owned(),
        target: "/".to_owned(),
        headers: vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", "AWSKendraFrontendService.StopDataSourceSyncJob".to_owned()),
        ],
        body: stop_body(INDEX, SOURCE),
        identity: identity.clone(),
        region: "us-east-1",
        service: "kendra",
        time: SystemTime::now(),
    }
}

/// The plain stop, with the emulator's own identity.
pub(crate) fn stop_at(emulator: &Emulator) -> Unsigned {
    stop(&emulator.local_addr().to_string(), emulator.credentials())
}

impl Unsigned {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(candidate, _)| *candidate != name);
        self
    }

    pub(crate) fn sign(&self) -> Signed {
        let (key_id, secret) = (self.identity.access_key_id(), self.identity.secret_access_key());
        let token = self.identity.token().map(str::to_owned);
        let identity = Credentials::new(key_id, secret, token, None, "test").into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let mut headers = vec![("host", self.host.clone())];
        headers.extend(self.headers.iter().cloned());
        let request = SignableRequest::new(
            self.method,
            format!("http://{}{}", self.host, self.target),
            headers.iter().map(|(name, value)| (*name, value.as_str())),
            SignableBody::Bytes(&self.body),
        );
        let (instructions, _) = sign(request.unwrap(), &params).unwrap().into_parts();
        let added = instructions.headers().map(|(name, value)| (name, value.to_owned()));
        Signed {
            method: self.method.into(),
            target: self.target.clone().into(),
            headers: headers
                .iter()
                .cloned()
                .chain(added)
                .map(|(name, value)| (name.to_owned(), value.into_bytes()))
                .collect(),
            body: self.body.clone(),
        }
    }

    /// Signs and sends, on a connection of its own.
    pub(crate) async fn send(&self, emulator: &Emulator) -> Reply {
        self.sign().send(emulator).await
    }
}

impl Signed {
    pub(crate) fn value(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.headers.iter_mut().find(|(candidate, _)| candidate == name).unwrap().1
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(candidate, _)| candidate != name);
        self
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces text in the `Authorization` header.
    pub(crate) fn authorization(mut self, from: &str, to: &str) -> Self {
        let value = self.value("authorization");
        let text = String::from_utf8(value.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *value = text.replacen(from, to, 1).into_bytes();
        self
    }

    pub(crate) fn received(&self) -> ReceivedRequest<'_> {
        let request = ReceivedRequest::new(&self.method, &self.target, &self.body);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [&self.method, b" ".as_slice(), &self.target, b" HTTP/1.1\r\n"].concat();
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).into_bytes());
        bytes.extend(&self.body);
        bytes
    }

    pub(crate) async fn send(&self, emulator: &Emulator) -> Reply {
        let mut stream = TcpStream::connect(emulator.local_addr()).await.unwrap();
        exchange(&mut stream, &self.to_bytes()).await
    }
}

/// Writes `request` and reads one answer; the connection stays usable.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &[u8]) -> Reply {
    stream.write_all(request).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let mut reply = Reply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body: String::new(),
    };
    let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    reply.body = String::from_utf8(body).unwrap();
    reply
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (candidate, value) = line.split_once(": ")?;
            candidate.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["__type"].as_str().unwrap().to_owned()
    }

    /// The status and code of an error.
    pub(crate) fn error(&self) -> (u16, String) {
        (self.status, self.code())
    }

    pub(crate) fn message(&self) -> String {
        let json = self.json();
        let message = json.get("Message").or_else(|| json.get("message"));
        message.unwrap().as_str().unwrap().to_owned()
    }
}
