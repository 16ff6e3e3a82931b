//! `--record` and `--replay`.

use std::path::Path;

use kendra_sync_config::Environment;
use kendra_sync_hyper::{Credentials, Stopped};
use kendra_sync_replay::blocking::Client;
use kendra_sync_replay::{Recorder, Redaction, Replay};

use crate::counted::Counted;
use crate::failure::Failure;
use crate::setting_flags::SettingFlags;
use crate::settings::{Settings, Target};
use crate::text;
use crate::underway::Underway;

/// `transport`, recorded into `file`, without what `redaction` gets to know.
pub(crate) fn recorder<T>(
    file: &Path,
    transport: T,
    redaction: &Redaction,
    underway: &Underway,
) -> Result<Recorder<T>, Failure> {
    let recorder = Recorder::create(file, transport).map_err(|error| Failure::recording(&error))?;
    underway.records(recorder.recording());
    Ok(recorder.redaction(redaction.clone()))
}

/// How the command ends that made a call which may have been recorded: `result` prints what it
/// succeeded with.
pub(crate) fn recorded(
    call: Result<Stopped, Failure>,
    underway: &Underway,
    result: impl FnOnce(&Stopped) -> String,
) -> Result<String, Failure> {
    match (call, underway.finish_recording()) {
        (Ok(stopped), Ok(())) => Ok(result(&stopped)),
        (Ok(stopped), Err(error)) => {
            text::print(&result(&stopped));
            Err(Failure::recording(&error).after_success(stopped.attempts()))
        }
        (Err(failure), Ok(())) => Err(failure),
        (Err(failure), Err(error)) => {
            text::warn(&Failure::recording(&error).message());
            Err(failure)
        }
    }
}

/// The call, answered from `file`: no credentials and no region are needed, and no connection is made.
pub(crate) fn replay(
    target: &Target,
    file: &Path,
    flags: &SettingFlags,
    environment: &Environment,
    underway: &Underway,
) -> Result<Stopped, Failure> {
    let credentials = Credentials::new("replay", "replay", None)
        .map_err(|error| Failure::other("the recording cannot be replayed", &error))?;
    // Where a call would go does not matter, how often it is made does.
    let told = ["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"].into_iter();
    let told = told.filter_map(|name| Some((name, environment.os(name)?))).collect();
    let Settings { config, .. } = Settings::isolated(flags, told, None, credentials.clone())?;
    let replay = Replay::open(file).map_err(|error| Failure::recording(&error))?;
    let client = Client::new(Counted::new(replay.clone(), underway), credentials, config);
    let stopped = client.stop_data_source_sync_job(&target.index, &target.source);
    let (Ok(unused) | Err(unused)) = replay.finish();
    if !unused.is_empty() {
        text::warn(&unused.to_string());
    }
    stopped.map_err(|error| Failure::call(&error))
}
