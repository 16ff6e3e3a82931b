//! What a faulty transport is: one defect, and the scenarios that must find it.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_blocking::BlockingTransport;
use kendra_sync_conformance::self_test::{self, Reader};
use kendra_sync_conformance::{Caps, Env, Scenario, Suite};
use kendra_sync_core::{HttpTransport, TransportError};
use kendra_sync_hyper::HyperTransport;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::raw::{Defect, Raw};
use crate::tapes;

/// A transport with one defect, or a control without.
pub(crate) struct Faulty {
    pub(crate) id: &'static str,
    /// In words.
    pub(crate) defect: &'static str,
    /// What it declares.
    pub(crate) caps: Caps,
    pub(crate) make: Make,
    /// The scenarios that must find it.
    pub(crate) caught_by: &'static [&'static str],
    /// Scenarios that it would take minutes over: they are not run unless they are named.
    pub(crate) slow_in: &'static [&'static str],
}

/// What it is made of.
#[derive(Clone, Copy)]
pub(crate) enum Make {
    /// A good transport, which is given another request.
    Asked(fn(&mut Request<Bytes>)),
    /// A good transport, whose outcome becomes another.
    Told(fn(Outcome) -> Outcome),
    /// Something round a good transport.
    Around(fn(HyperTransport) -> Shared),
    /// Something round a good blocking transport.
    AroundBlocking(fn(BlockingTransport) -> Shared),
    /// The raw client with a defect.
    Raw(Defect),
    /// A good transport with another configuration of TLS.
    Tls(fn(RootCertStore) -> Result<ClientConfig, BoxError>),
    /// A good transport, and a parser behind core's client.
    Parser(Reader),
    /// A recorder and a player, with a defect.
    Tape(tapes::Defect),
}

pub(crate) type Answer = Response<Bytes>;
pub(crate) type Outcome = Result<Answer, TransportError>;
pub(crate) type Shared = Arc<dyn HttpTransport>;
pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

impl Faulty {
    /// With every capability that the good transports have.
    pub(crate) fn new(
        id: &'static str,
        defect: &'static str,
        make: Make,
        caught_by: &'static [&'static str],
    ) -> Self {
        Self { id, defect, caps: all_caps(), make, caught_by, slow_in: &[] }
    }

    /// With these capabilities only.
    pub(crate) fn caps(mut self, caps: Caps) -> Self {
        self.caps = caps;
        self
    }

    /// These are not run unless they are named: they would take minutes.
    pub(crate) fn slow_in(mut self, scenarios: &'static [&'static str]) -> Self {
        self.slow_in = scenarios;
        self
    }

    /// A suite whose variants are named after it.
    pub(crate) fn suite(&self) -> Suite {
        let make = self.make;
        if let Make::Tape(defect) = make {
            return Suite::new(self.id, "0").replay(self.id, self.caps, tapes::playback(defect));
        }
        let suite = Suite::new(self.id, "0")
            .variant(self.id, self.caps, move |env| async move { make.transport(&env) });
        match make {
            Make::Parser(reader) => self_test::read_by(suite, reader),
            _ => suite,
        }
    }
}

impl Make {
    /// Whether a scenario over `http` meets what is wrong with it, or only the good transport.
    pub(crate) fn matters_in(self, scenario: &Scenario) -> bool {
        match self {
            Self::Parser(_) => self_test::asks_client(scenario),
            Self::Tls(_) => self_test::may_speak_tls(scenario),
            _ => true,
        }
    }

    fn transport(self, env: &Env) -> Result<Shared, BoxError> {
        Ok(match self {
            Self::Asked(change) => {
                let good = hyper(env)?;
                sends(move |mut request, timeout| {
                    change(&mut request);
                    let good = good.clone();
                    async move { good.send(request, timeout).await }
                })
            }
            Self::Told(change) => {
                let good = hyper(env)?;
                sends(move |request, timeout| {
                    let good = good.clone();
                    async move { change(good.send(request, timeout).await) }
                })
            }
            Self::Around(wrap) => wrap(hyper(env)?),
            Self::AroundBlocking(wrap) => {
                let builder = BlockingTransport::builder().connect_timeout(env.connect_timeout());
                wrap(builder.roots(roots(env)?).build())
            }
            Self::Raw(defect) => {
                Arc::new(Raw::new(defect, trusting(roots(env)?)?, env.connect_timeout()))
            }
            Self::Tls(config) => {
                let builder = HyperTransport::builder().connect_timeout(env.connect_timeout());
                Arc::new(builder.tls_config(config(roots(env)?)?).build())
            }
            Self::Parser(_) | Self::Tape(_) => Arc::new(hyper(env)?),
        })
    }
}

/// A good transport.
pub(crate) fn hyper(env: &Env) -> Result<HyperTransport, BoxError> {
    let builder = HyperTransport::builder().connect_timeout(env.connect_timeout());
    Ok(builder.roots(roots(env)?).build())
}

/// A transport that sends as `send` does.
pub(crate) fn sends<F, S>(send: F) -> Shared
where
    F: Fn(Request<Bytes>, Duration) -> S + Send + Sync + 'static,
    S: Future<Output = Outcome> + Send + 'static,
{
    Arc::new(Sends(send))
}

/// The configuration that a good transport has.
pub(crate) fn trusting(roots: RootCertStore) -> Result<ClientConfig, BoxError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn roots(env: &Env) -> Result<RootCertStore, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for root in env.roots_der() {
        roots.add(root.as_slice().into())?;
    }
    Ok(roots)
}

struct Sends<F>(F);

#[async_trait]
impl<F, S> HttpTransport for Sends<F>
where
    F: Fn(Request<Bytes>, Duration) -> S + Send + Sync,
    S: Future<Output = Outcome> + Send,
{
    async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Outcome {
        (self.0)(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl<F> fmt::Debug for Sends<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sends")
    }
}

/// Those of the good transports.
pub(crate) fn all_caps() -> Caps {
    Caps::CANCEL | Caps::LIMIT | Caps::POOL | Caps::TIMEOUT | Caps::TLS
}
