//! `kendra-sync stop`.

use std::path::PathBuf;
use std::sync::Arc;

use kendra_sync_blocking::{BlockingTransport, Client as BlockingClient};
use kendra_sync_config::Environment;
use kendra_sync_emulator::Emulator;
use kendra_sync_hyper::kendra_sync_core::{HttpTransport, blocking};
use kendra_sync_hyper::{Client, Credentials, Endpoint, HyperTransport, Stopped};
use kendra_sync_replay::Redaction;

use crate::counted::Counted;
use crate::failure::Failure;
use crate::flags::{CallFlags, StopFlags};
use crate::output;
use crate::setting_flags::{SettingFlags, Transport};
use crate::settings::{Settings, Target};
use crate::tape;
use crate::trace;
use crate::underway::Underway;

pub(crate) fn run(
    flags: &StopFlags,
    environment: Environment,
    underway: &Underway,
) -> Result<String, Failure> {
    let target = Target::resolve(flags)?;
    let call = &flags.call.settings;
    trace::start(call.debug.then_some("debug"), &environment);
    let result = |stopped: &Stopped| output::stopped(&target, stopped, call.output);
    if let Some(file) = &flags.call.replay {
        let stopped = tape::replay(&target, file, call, &environment, underway)?;
        return Ok(result(&stopped));
    }
    let stopped = if flags.call.emulator {
        // Held until the call is over: dropping it ends the emulator.
        let emulator = started(&target)?;
        stop(&target, emulated(&emulator, call)?, &flags.call, underway)
    } else {
        stop(&target, Settings::resolve(call, environment)?, &flags.call, underway)
    };
    tape::recorded(stopped, underway, result)
}

fn stop(
    target: &Target,
    settings: Settings,
    flags: &CallFlags,
    underway: &Underway,
) -> Result<Stopped, Failure> {
    let unknown_region = settings.unknown_region;
    let record = flags.record.as_ref();
    let stopped = match flags.settings.transport().into_value() {
        Transport::Blocking => stop_blocking(target, settings, record, underway),
        Transport::Hyper => stop_hyper(target, settings, record, underway),
    };
    stopped.map_err(|failure| if unknown_region { failure.in_unknown_region() } else { failure })
}

fn stop_hyper(
    target: &Target,
    settings: Settings,
    record: Option<&PathBuf>,
    underway: &Underway,
) -> Result<Stopped, Failure> {
    let Settings { config, identity, connect_timeout, proxies, roots, .. } = settings;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::other("no event loop can be had", &error))?;
    let transport = HyperTransport::builder().connect_timeout(connect_timeout).proxies(proxies);
    let transport = match roots {
        Some(roots) => transport.roots(roots),
        None => transport,
    };
    let (bare, redaction) = (transport.build(), Redaction::new());
    let hidden = record.map(|_| redaction.clone());
    let credentials = identity.provider(Arc::new(bare.clone()), hidden)?;
    let transport: Arc<dyn HttpTransport> = match record {
        Some(file) => Arc::new(tape::recorder(file, bare, &redaction, underway)?),
        None => Arc::new(bare),
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
    record: Option<&PathBuf>,
    underway: &Underway,
) -> Result<Stopped, Failure> {
    let Settings { config, identity, connect_timeout, proxies, roots, .. } = settings;
    let transport = BlockingTransport::builder().connect_timeout(connect_timeout).proxies(proxies);
    let transport = match roots {
        Some(roots) => transport.roots(roots),
        None => transport,
    };
    let (bare, redaction) = (transport.build(), Redaction::new());
    let hidden = record.map(|_| redaction.clone());
    let credentials = identity.blocking_provider(Arc::new(bare.clone()), hidden)?;
    let transport: Arc<dyn blocking::HttpTransport> = match record {
        Some(file) => Arc::new(tape::recorder(file, bare, &redaction, underway)?),
        None => Arc::new(bare),
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
fn emulated(emulator: &Emulator, flags: &SettingFlags) -> Result<Settings, Failure> {
    let cannot =
        |error: &dyn std::error::Error| Failure::other("the emulator cannot be called", error);
    let endpoint = Endpoint::parse(&emulator.endpoint_url()).map_err(|error| cannot(&error))?;
    let identity = emulator.credentials();
    let credentials =
        Credentials::new(identity.access_key_id(), identity.secret_access_key(), None);
    let credentials = credentials.map_err(|error| cannot(&error))?;
    Settings::isolated(flags, Environment::default(), Some(endpoint), credentials)
}
