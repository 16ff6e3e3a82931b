//! `kendra-sync stop`.

use std::sync::Arc;

use kendra_sync_blocking::{BlockingTransport, Client as BlockingClient};
use kendra_sync_emulator::Emulator;
use kendra_sync_hyper::kendra_sync_core::{HttpTransport, blocking};
use kendra_sync_hyper::{Client, Config, Credentials, Endpoint, HyperTransport, Region, Stopped};

use crate::counted::Counted;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::flags::{CallFlags, StopFlags, Transport};
use crate::output;
use crate::settings::{Settings, Target, limits, retry};
use crate::tape;
use crate::trace;
use crate::underway::Underway;

pub(crate) fn run(
    flags: &StopFlags,
    environment: &Environment,
    underway: &Underway,
) -> Result<String, Failure> {
    let target = Target::resolve(flags)?;
    trace::start(flags.call.debug.then_some("debug"), environment);
    let result = |stopped: &Stopped| output::stopped(&target, stopped, flags.call.output);
    if let Some(file) = &flags.call.replay {
        let stopped = tape::replay(&target, file, &flags.call, environment, underway)?;
        return Ok(result(&stopped));
    }
    let stopped = if flags.call.emulator {
        // Held until the call is over: dropping it ends the emulator.
        let emulator = started(&target)?;
        let settings = emulated(&emulator, &flags.call)?;
        stop(&target, settings, &flags.call, underway)
    } else {
        stop(&target, Settings::resolve(&flags.call, environment)?, &flags.call, underway)
    };
    tape::recorded(stopped, underway, result)
}

fn stop(
    target: &Target,
    settings: Settings,
    flags: &CallFlags,
    underway: &Underway,
) -> Result<Stopped, Failure> {
    match flags.transport {
        Transport::Blocking => stop_blocking(target, settings, flags, underway),
        Transport::Hyper => stop_hyper(target, settings, flags, underway),
    }
}

fn stop_hyper(
    target: &Target,
    settings: Settings,
    flags: &CallFlags,
    underway: &Underway,
) -> Result<Stopped, Failure> {
    let Settings { config, credentials, roots } = settings;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::other("no event loop can be had", &error))?;
    let transport = HyperTransport::builder().connect_timeout(flags.connect_timeout);
    let transport = match roots {
        Some(roots) => transport.roots(roots),
        None => transport,
    };
    let transport: Arc<dyn HttpTransport> = match &flags.record {
        Some(file) => Arc::new(tape::recorder(file, transport.build(), &credentials, underway)?),
        None => Arc::new(transport.build()),
    };
    let client = Client::new(Counted::new(transport, underway), credentials, config);
    let call = client.stop_data_source_sync_job(&target.index, &target.source);
    let stopped = runtime.block_on(call);
    // A name lookup that hangs in a thread of its own must not hold up the exit.
    runtime.shutdown_background();
    stopped.map_err(|error| Failure::call(&error))
}

/// Without a runtime.
fn stop_blocking(
    target: &Target,
    settings: Settings,
    flags: &CallFlags,
    underway: &Underway,
) -> Result<Stopped, Failure> {
    let Settings { config, credentials, roots } = settings;
    let transport = BlockingTransport::builder().connect_timeout(flags.connect_timeout);
    let transport = match roots {
        Some(roots) => transport.roots(roots),
        None => transport,
    };
    let transport: Arc<dyn blocking::HttpTransport> = match &flags.record {
        Some(file) => Arc::new(tape::recorder(file, transport.build(), &credentials, underway)?),
        None => Arc::new(transport.build()),
    };
    let client = BlockingClient::new(Counted::new(transport, underway), credentials, config);
    let stopped = client.stop_data_source_sync_job(&target.index, &target.source);
    stopped.map_err(|error| Failure::call(&error))
}

/// An emulator in which the job of `target` is running.
fn started(target: &Target) -> Result<Emulator, Failure> {
    let cannot = |error| Failure::other("the emulator cannot be started", &error);
    let emulator = pollster::block_on(Emulator::start()).map_err(cannot)?;
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
