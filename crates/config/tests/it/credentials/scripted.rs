//! An STS without a network, which gives numbered keys.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_config::Settings;
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind, blocking};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::Semaphore;

use crate::world::{CONFIG, World};

/// What a request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Denied,
    /// Kendra's.
    Expired,
    /// Credentials for this many seconds.
    Give(u64),
    /// Kendra's.
    Ok,
    Never,
}

type Script = dyn Fn(usize, &Request<Bytes>) -> Reply + Send + Sync;

/// Answers requests by their number, from 0, once the gate is open.
pub(crate) struct Scripted {
    script: Box<Script>,
    sent: AtomicUsize,
    gate: Semaphore,
    open: (Mutex<bool>, Condvar),
}

impl Scripted {
    pub(crate) fn new(
        script: impl Fn(usize, &Request<Bytes>) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let scripted = Self::closed(script);
        scripted.open();
        scripted
    }

    /// With a gate that is closed.
    pub(crate) fn closed(
        script: impl Fn(usize, &Request<Bytes>) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self {
            script: Box::new(script),
            sent: AtomicUsize::new(0),
            gate: Semaphore::new(0),
            open: (Mutex::new(false), Condvar::new()),
        }
    }

    pub(crate) fn open(&self) {
        self.gate.add_permits(1000);
        *self.open.0.lock().unwrap() = true;
        self.open.1.notify_all();
    }

    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    fn reply(&self, request: &Request<Bytes>) -> (usize, Reply) {
        let number = self.sent.fetch_add(1, Ordering::SeqCst);
        (number, (self.script)(number, request))
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

#[async_trait]
impl HttpTransport for Scripted {
    async fn send(
        &self,
        request: Request<Bytes>,
        _timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let (number, reply) = self.reply(&request);
        self.gate.acquire().await.unwrap().forget();
        if reply == Reply::Never {
            std::future::pending::<()>().await;
        }
        Ok(answer(number, reply))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl blocking::HttpTransport for Scripted {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        let (number, reply) = self.reply(&request);
        let open = self.open.0.lock().unwrap();
        drop(self.open.1.wait_while(open, |open| !*open).unwrap());
        if reply == Reply::Never {
            std::thread::sleep(timeout);
            return Err(TransportError::new(TransportErrorKind::Timeout, Delivery::MaybeSent));
        }
        Ok(answer(number, reply))
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A profile whose role STS gives credentials for.
pub(crate) fn role() -> Settings {
    let config = "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/ops\n\
                  source_profile = base\n[profile base]\naws_access_key_id = AKIDBASE\n\
                  aws_secret_access_key = base-secret\n";
    World::new().file(CONFIG, config).load()
}

fn answer(number: usize, reply: Reply) -> Response<Bytes> {
    let (status, body) = match reply {
        Reply::Denied => (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>".to_owned()),
        Reply::Expired => (400, "{\"__type\":\"ExpiredTokenException\",\"message\":\"expired\"}".to_owned()),
        Reply::Give(seconds) => {
            let until = OffsetDateTime::from(SystemTime::now() + Duration::from_secs(seconds));
            let until = until.format(&Rfc3339).unwrap();
            (200, format!(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKID{number}</AccessKeyId>\
                 <SecretAccessKey>secret{number}</SecretAccessKey><SessionToken>token{number}</SessionToken>\
                 <Expiration>{until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
            ))
        }
        Reply::Ok => (200, String::new()),
        Reply::Never => unreachable!("it is never answered"),
    };
    Response::builder().status(status).body(Bytes::from(body)).unwrap()
}
