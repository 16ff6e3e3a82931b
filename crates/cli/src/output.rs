//! What a command prints when it succeeds.

use kendra_sync_emulator::Emulator;
use kendra_sync_hyper::Stopped;
use serde::Serialize;

use crate::setting_flags::Output;
use crate::settings::Target;
use crate::text::{json, one_line};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoppedJson<'a> {
    request_id: Option<&'a str>,
    attempts: u32,
    index_id: &'a str,
    id: &'a str,
}

/// Kendra took the stop.
pub(crate) fn stopped(target: &Target, stopped: &Stopped, output: Output) -> String {
    let (index, source) = (&target.index, &target.source);
    let id = stopped.request_id();
    match output {
        Output::Text => {
            let id = one_line(id.unwrap_or("none"));
            format!("stopping: data source {source} of index {index} (request id {id})\n")
        }
        Output::Json => json(&StoppedJson {
            request_id: id,
            attempts: stopped.attempts(),
            index_id: index.as_str(),
            id: source.as_str(),
        }),
    }
}

/// How to reach an emulator: lines for a shell.
pub(crate) fn emulator(emulator: &Emulator, index: &str, source: &str) -> String {
    let identity = emulator.credentials();
    format!(
        "export AWS_ENDPOINT_URL_KENDRA={}\n\
         export AWS_ACCESS_KEY_ID={}\n\
         export AWS_SECRET_ACCESS_KEY={}\n\
         export AWS_REGION=us-east-1\n\
         # kendra-sync stop --index-id {index} --id {source}\n",
        emulator.endpoint_url(),
        identity.access_key_id(),
        identity.secret_access_key(),
    )
}
