//! There and back again against the catalogue: a transport as the SDK's `HttpClient`, and that as a transport.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_blocking::{BlockingTransport, BlockingTransportBuilder, Offload};
use kendra_sync_conformance::{Caps, Env, Playback, Suite};
use kendra_sync_core::{HttpTransport, TransportError};
use kendra_sync_hyper::rustls;
use kendra_sync_hyper::{HyperTransport, HyperTransportBuilder};
use kendra_sync_replay::{Recorder, Replay};
use kendra_sync_smithy::{SdkHttpClient, SdkService, TowerTransport, sdk_transport};

use self::roots::roots;

mod roots;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let caps = Caps::LIMIT | Caps::POOL | Caps::TIMEOUT | Caps::TLS;
    let tape = Playback::new(
        |env: Env, file| async move {
            Ok::<_, BoxError>(there_and_back(Recorder::create(file, hyper(&env)?.build())?))
        },
        |file| Replay::open(file).map(Played::new),
        |played: &Played| played.unused(),
    );
    Suite::new("kendra-sync-smithy", env!("CARGO_PKG_VERSION"))
        .variant("hyper", caps | Caps::CANCEL, |env| async move {
            hyper(&env).map(|builder| there_and_back(builder.build()))
        })
        .variant("offload", caps, |env| async move {
            blocking(&env).map(|builder| there_and_back(Offload::new(builder.build())))
        })
        .replay("replay", caps | Caps::CANCEL, tape)
        .main()
}

fn there_and_back(transport: impl HttpTransport + 'static) -> TowerTransport<SdkService> {
    // The limit comes with each request, in its extensions.
    sdk_transport(SdkHttpClient::new(transport).timeout(Duration::MAX))
}

fn hyper(env: &Env) -> Result<HyperTransportBuilder, rustls::Error> {
    Ok(HyperTransport::builder().connect_timeout(env.connect_timeout()).roots(roots(env)?))
}

fn blocking(env: &Env) -> Result<BlockingTransportBuilder, rustls::Error> {
    Ok(BlockingTransport::builder().connect_timeout(env.connect_timeout()).roots(roots(env)?))
}

/// A replay behind the SDK's traits, and the replay itself, to ask what it was not asked for.
#[derive(Debug)]
struct Played {
    replay: Arc<Replay>,
    transport: TowerTransport<SdkService>,
}

impl Played {
    fn new(replay: Replay) -> Self {
        let replay = Arc::new(replay);
        Self { transport: there_and_back(Arc::clone(&replay)), replay }
    }

    fn unused(&self) -> usize {
        self.replay.finish().map_or_else(|unused| unused.len(), |unused| unused.len())
    }
}

#[async_trait]
impl HttpTransport for Played {
    async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        self.transport.send(request, timeout).await
    }

    async fn sleep(&self, duration: Duration) {
        self.replay.sleep(duration).await;
    }
}
