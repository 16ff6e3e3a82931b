//! What the suite's own test needs: faulty parsers behind core's client, servers that say nothing, and
//! processes of their own outside [`Suite::main`]. No part of the API.

use std::ffi::OsString;
use std::process::ExitCode;

use bytes::Bytes;
use http::Response;
use kendra_sync_core::TransportError;

use crate::case::Act;
use crate::child;
use crate::exchange::Scheme;
use crate::scenario::Scenario;
use crate::suite::Suite;

/// What a client's parser makes of an answer, told as the answer of which core's parser makes that.
pub type Reader = fn(Response<Bytes>) -> Result<Response<Bytes>, TransportError>;

/// Core's client gets each answer through `reader`. What is tested without the client is not changed.
pub fn read_by(mut suite: Suite, reader: Reader) -> Suite {
    for variant in &mut suite.variants {
        variant.reader = Some(reader);
    }
    suite
}

/// The servers follow their scripts, but write nothing.
pub fn with_silent_servers(mut suite: Suite) -> Suite {
    for variant in &mut suite.variants {
        variant.silent = true;
    }
    suite
}

/// From here on [`Suite::run`] starts processes for the cases that need one: this program again, which
/// must hand [`variant_of_child`]'s suite over to [`Suite::main`].
pub fn allow_processes() {
    child::allow();
}

/// [`Suite::main`], told other arguments than the process was; the first is the program's name.
pub fn main_with(suite: &Suite, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    suite.main_with(arguments.into_iter())
}

/// Whether a scenario has cases that need a process of their own.
pub fn needs_process(scenario: &Scenario) -> bool {
    scenario.cases.iter().any(|case| case.child.is_some())
}

/// Whether core's client may have a part in it: only there a [`Reader`] is asked.
pub fn asks_client(scenario: &Scenario) -> bool {
    scenario.cases.iter().any(|case| matches!(case.act, Act::Client(_) | Act::Course { .. }))
}

/// Whether it may come to TLS in a variant over `http`.
pub fn may_speak_tls(scenario: &Scenario) -> bool {
    let secure = |scheme| scheme == Some(Scheme::Https);
    scenario.cases.iter().any(|case| match &case.act {
        Act::Client(_) => secure(case.scheme),
        Act::Transport(exchanges) => {
            secure(case.scheme) || exchanges.iter().any(|exchange| secure(exchange.scheme))
        }
        Act::Course { .. } => true,
    })
}

/// The variant whose case this process was started for, if it was.
pub fn variant_of_child() -> Option<String> {
    child::variant()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn a_scenario_needs_a_process_if_one_of_its_cases_does() {
        let needs = |id: &str| {
            let scenario = catalogue().iter().find(|scenario| scenario.id() == id);
            needs_process(scenario.unwrap())
        };
        assert!(needs("auto/env-proxy-ignored") && needs("secret/transport-debug-and-logs"));
        assert!(!needs("status/success-200-empty"));
    }
}
