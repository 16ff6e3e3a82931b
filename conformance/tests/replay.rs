//! Recorder and replay against the catalogue: over the hyper transport and over the blocking one.

use std::process::ExitCode;

use kendra_sync_blocking::BlockingTransport;
use kendra_sync_conformance::{Caps, Env, Playback, Suite};
use kendra_sync_hyper::HyperTransport;
use kendra_sync_replay::{Recorder, Replay};

use self::roots::roots;

mod roots;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let caps = Caps::LIMIT | Caps::POOL | Caps::TIMEOUT | Caps::TLS;
    let hyper = Playback::new(
        |env: Env, file| async move {
            let builder = HyperTransport::builder().connect_timeout(env.connect_timeout());
            Ok::<_, BoxError>(Recorder::create(file, builder.roots(roots(&env)?).build())?)
        },
        Replay::open,
        unused,
    );
    let blocking = Playback::blocking(
        |env: Env, file| {
            let builder = BlockingTransport::builder().connect_timeout(env.connect_timeout());
            Ok::<_, BoxError>(Recorder::create(file, builder.roots(roots(&env)?).build())?)
        },
        Replay::open,
        unused,
    );
    Suite::new("kendra-sync-replay", env!("CARGO_PKG_VERSION"))
        .replay("hyper", caps | Caps::CANCEL, hyper)
        .replay("blocking", caps, blocking)
        .main()
}

/// Told, so that dropping the replay does not warn of them.
fn unused(replay: &Replay) -> usize {
    replay.finish().map_or_else(|unused| unused.len(), |unused| unused.len())
}
