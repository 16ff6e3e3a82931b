//! `kendra-sync stop`.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use kendra_sync_emulator::Emulator;
use kendra_sync_hyper::{Client, Config, Credentials, Endpoint, HyperTransport, Region, Stopped};

use crate::counted::Counted;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::flags::{CallFlags, StopFlags, Transport};
use crate::output;
use crate::settings::{Settings, Target, limits, retry};
use crate::trace;

pub(crate) async fn run(
    flags: &StopFlags,
    environment: &Environment,
    sends: &Arc<AtomicU32>,
) -> Result<String, Failure> {
    let target = Target::resolve(flags)?;
    trace::start(flags.call.debug.then_some("debug"), environment);
    let stopped = if flags.call.emulator {
        // Held until the call is over: dropping it ends the emulator.
        let emulator = started(&target).await?;
        let settings = emulated(&emulator, &flags.call)?;
        stop(&target, settings, &flags.call, sends).await?
    } else {
        stop(&target, Settings::resolve(&flags.call, environment)?, &flags.call, sends).await?
    };
    Ok(output::stopped(&target, &stopped, flags.call.output))
}

async fn stop(
    target: &Target,
    settings: Settings,
    flags: &CallFlags,
    sends: &Arc<AtomicU32>,
) -> Result<Stopped, Failure> {
    let Settings { config, credentials, roots } = settings;
    let transport = match flags.transport {
        Transport::Hyper => HyperTransport::builder().connect_timeout(flags.connect_timeout),
    };
    let transport = match roots {
        Some(roots) => transport.roots(roots),
        None => transport,
    };
    let client = Client::new(Counted::new(transport.build(), sends), credentials, config);
    let stopped = client.stop_data_source_sync_job(&target.index, &target.source).await;
    stopped.map_err(|error| Failure::call(&error))
}

/// An emulator in which the job of `target` is running.
async fn started(target: &Target) -> Result<Emulator, Failure> {
    let cannot = |error| Failure::other("the emulator cannot be started", &error);
    let emulator = Emulator::start().await.map_err(cannot)?;
    emulator.add_data_source(target.index.as_str(), target.source.as_str()).map_err(cannot)?;
    Ok(emulator)
}

/// Settings that call `emulator`, whatever the environment says.
fn emulated(emulator: &Emulator, flags: &CallFlags) -> Result<Settings, Failure> {
    let region = Region::new(flags.region.as_deref().unwrap_or("us-east-1"));
    let cannot =
        |error: &dyn std::error::Error| Failure::other("the emulator cannot be called", error);
    let endpoint = Endpoint::parse(&emulator.endpoint_url()).map_err(|error| cannot(&error))?;
    let identity = emulator.credentials();
    let credentials =
        Credentials::new(identity.access_key_id(), identity.secret_access_key(), None);
    let config = limits(Config::new(region.map_err(Failure::usage)?), flags).endpoint(endpoint);
    let config = config.retry(retry(flags, &Environment::empty())?);
    let credentials = credentials.map_err(|error| cannot(&error))?;
    Ok(Settings { config, credentials, roots: None })
}
