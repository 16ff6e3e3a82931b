//! What a command fails with: an exit code, and the same facts as text or as JSON.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::Write;

use kendra_sync_config::{NoCredentials, SettingsError, SettingsErrorKind};
use kendra_sync_hyper::kendra_sync_core::{CredentialsError, ServiceError, TransportErrorKind};
use kendra_sync_hyper::{Delivery, Error, ErrorCode, ErrorKind, ProxyError, ProxyErrorKind};
use kendra_sync_replay::{CassetteError, CassetteErrorKind};
use serde::Serialize;

use crate::setting_flags::Output;
use crate::text::{json, one_line};

/// Why a command did not do what it was asked to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    exit: u8,
    /// What is printed as text instead of the message: help, where no command is given.
    rendered: Option<String>,
    /// A line for each source of credentials, in place of the message.
    tried: Vec<String>,
    advice: Option<Cow<'static, str>>,
    /// There was an answer, and no time left to try again.
    limited: bool,
    facts: Box<Facts>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    code: Option<String>,
    message: String,
    http_status: Option<u16>,
    request_id: Option<String>,
    attempts: u32,
    delivery: &'static str,
    retryable: bool,
}

#[derive(Serialize)]
struct FailureJson<'a> {
    error: &'a Facts,
}

impl Failure {
    /// A failure before anything was sent, which no later try mends.
    fn unsent(exit: u8, code: &str, message: impl Display) -> Self {
        let facts = Facts {
            code: Some(code.to_owned()),
            message: message.to_string(),
            http_status: None,
            request_id: None,
            attempts: 0,
            delivery: NOT_SENT,
            retryable: false,
        };
        Self {
            exit,
            rendered: None,
            tried: Vec::new(),
            advice: None,
            limited: false,
            facts: Box::new(facts),
        }
    }

    /// The same with this to do next.
    pub(crate) fn advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// A command line that clap does not understand, and what stands where the command should.
    pub(crate) fn unparsed(error: &clap::Error, command: Option<&OsStr>) -> Self {
        let rendered = error.to_string();
        if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self { rendered: Some(rendered), ..Self::usage("no command is given") };
        }
        // What stands before the usage, on one line: problem, names, and what may have been meant.
        let lines = rendered.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
        let advice = match rendered.split_once("Usage: kendra-sync ") {
            Some((_, usage)) if usage.starts_with("stop") => STOP_HELP,
            Some((_, usage)) if usage.starts_with("config") => CONFIG_HELP,
            Some((_, usage)) if usage.starts_with("emulator") => "see kendra-sync emulator --help",
            _ if rendered.contains("'--listen <") => "see kendra-sync emulator --help",
            _ if rendered.contains("for '--") && command.is_some_and(|c| c == "config") => {
                CONFIG_HELP
            }
            _ if rendered.contains("for '--") => STOP_HELP,
            _ => "see kendra-sync --help",
        };
        let lines: Vec<&str> = lines
            .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
            .collect();
        let message = lines.join(" ");
        Self::usage(message.strip_prefix("error: ").unwrap_or(&message)).advice(advice)
    }

    /// Bad input.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::unsent(252, "Usage", message).advice(STOP_HELP)
    }

    /// A bad value in the environment or in a file that it or a flag names.
    pub(crate) fn configuration(message: impl Display) -> Self {
        Self::unsent(253, "Configuration", message).advice("correct it, or unset it")
    }

    /// Settings that cannot be had.
    pub(crate) fn settings(error: SettingsError) -> Self {
        match error.kind() {
            SettingsErrorKind::NoRegion => Self::unsent(253, "NoRegion", error)
                .advice("give --region, or set AWS_REGION or the profile's region"),
            SettingsErrorKind::Credentials => Self::no_credentials(&error.to_string()),
            SettingsErrorKind::Profile => Self::configuration(error)
                .advice("name another profile, or add this one with aws configure"),
            _ => Self::configuration(error),
        }
    }

    /// The same of `kendra-sync config`.
    pub(crate) fn of_config_command(mut self) -> Self {
        if self.advice.as_deref() == Some(STOP_HELP) {
            self.advice = Some(CONFIG_HELP.into());
        }
        self
    }

    /// The same where Kendra is not known to be in the region, which may be why there is no host of
    /// that name.
    pub(crate) fn in_unknown_region(mut self) -> Self {
        if let Some(CHECK_NETWORK | CHECK_REFUSAL) = self.advice.as_deref() {
            self.advice = Some("check the region: Kendra is not known to be in it".into());
        }
        self
    }

    pub(crate) fn no_credentials(reason: &str) -> Self {
        Self::unsent(253, "NoCredentials", format!("no credentials: {reason}"))
            .advice("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN if there is one")
    }

    /// What a search for credentials ended with.
    fn credentials(error: &CredentialsError) -> Self {
        let Some(none) = error.source().and_then(|source| source.downcast_ref::<NoCredentials>())
        else {
            return Self::no_credentials(&root(error));
        };
        let failure = Self::no_credentials(&none.tried().join("; "));
        Self { tried: none.tried().to_vec(), ..failure }.advice(none.next_step().to_owned())
    }

    /// Something on this machine that should not fail.
    pub(crate) fn other(what: &str, error: &dyn StdError) -> Self {
        Self::unsent(255, "Other", format!("{what}: {}", root(error)))
    }

    /// A recording that cannot be read or written.
    pub(crate) fn recording(error: &CassetteError) -> Self {
        let advice = match error.kind() {
            CassetteErrorKind::Damaged { .. } => "mend it there, or record it again with --record",
            CassetteErrorKind::Locked => "wait for the other one to end, or name another file",
            CassetteErrorKind::Missing => "record it with --record",
            _ => "check the path, or name another file",
        };
        let message = match error.source() {
            Some(source) => format!("{error}: {}", root(source)),
            None => error.to_string(),
        };
        Self::unsent(255, "Recording", message).advice(advice)
    }

    /// The same after a call that succeeded with this many attempts.
    pub(crate) fn after_success(mut self, attempts: u32) -> Self {
        self.facts.message = format!("the job was stopped, but: {}", self.facts.message);
        self.facts.attempts = attempts;
        self.facts.delivery = MAYBE_SENT;
        self.advice("do not stop it again for the sake of the recording")
    }

    /// SIGINT, after `sends` requests were handed to the transport.
    pub(crate) fn interrupted(sends: u32) -> Self {
        let mut failure = Self::unsent(130, "Interrupted", "interrupted");
        if sends > 0 {
            failure.advice = Some("look at the job before you stop it again".into());
        }
        failure.facts.attempts = sends;
        failure.facts.delivery = if sends == 0 { NOT_SENT } else { MAYBE_SENT };
        failure.facts.retryable = true;
        failure
    }

    /// A call's error.
    pub(crate) fn call(error: &Error) -> Self {
        let mut failure = match error.kind() {
            ErrorKind::Service(service) => Self::service(service),
            ErrorKind::Transport(transport) => {
                let (code, advice) = transport_code(transport.kind());
                let proxy = of_proxy(error);
                let advice = proxy.map_or(advice, |proxy| Some(proxy_advice(proxy)));
                let message = match (proxy, error.source()) {
                    (Some(proxy), _) if proxy.source().is_some() => {
                        format!("{error}: {proxy}: {}", root(proxy))
                    }
                    (_, Some(source)) => format!("{error}: {}", root(source)),
                    (_, None) => error.to_string(),
                };
                Self { advice: advice.map(Cow::from), ..Self::unsent(255, code, message) }
            }
            ErrorKind::Credentials(source) => Self::credentials(source),
            ErrorKind::Deadline => Self::unsent(255, "Timeout", error).advice(RAISE_LIMIT),
            _ => Self::unsent(255, "Other", error),
        };
        if failure.exit == 254 && error.limit_reached() {
            failure.limited = true;
            failure.advice = Some("raise --timeout, or try again in a while".into());
        }
        failure.facts.http_status = error.status().map(|status| status.as_u16());
        failure.facts.request_id = error.request_id().map(str::to_owned);
        failure.facts.attempts = error.attempts();
        failure.facts.retryable = error.retryable();
        failure.facts.delivery = match error.delivery() {
            Delivery::NotSent => NOT_SENT,
            Delivery::MaybeSent => MAYBE_SENT,
        };
        failure
    }

    fn service(error: &ServiceError) -> Self {
        let message = match (error.message(), error.excerpt()) {
            (Some(message), _) => message.to_owned(),
            (None, Some(excerpt)) => format!("an answer without a message: {excerpt}"),
            (None, None) => "an answer without a message".to_owned(),
        };
        let advice = match error.code() {
            Some(ErrorCode::AccessDenied) => {
                "allow this identity kendra:StopDataSourceSyncJob on the index and data source"
            }
            Some(ErrorCode::ResourceNotFound) => "check both ids, the region and the account",
            Some(ErrorCode::Throttling | ErrorCode::InternalServer) => LATER,
            Some(ErrorCode::Validation) => "check both ids",
            Some(ErrorCode::Other(code)) if &**code == "ExpiredTokenException" => {
                "get new temporary credentials"
            }
            Some(ErrorCode::Other(code))
                if code.contains("Signature") || code.contains("Client") =>
            {
                "check the access key, the session token and this machine's clock"
            }
            _ if error.status().is_server_error() || error.status().as_u16() == 429 => LATER,
            _ => "check the endpoint: something other than Kendra may have answered",
        };
        let advice = Some(advice.into());
        let mut failure = Self { advice, ..Self::unsent(254, "", message) };
        failure.facts.code = error.code().map(|code| code.as_str().to_owned());
        failure
    }

    /// Says it on stderr.
    pub(crate) fn say(&self, output: Output) {
        let text = match output {
            Output::Text => self.text(),
            Output::Json => json(&FailureJson { error: &self.facts }),
        };
        // With stderr closed, the exit code remains.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    pub(crate) fn message(&self) -> String {
        one_line(&self.facts.message)
    }

    pub(crate) fn exit(&self) -> u8 {
        self.exit
    }

    /// At most three lines: what and why; what is known of the request; what to do.
    fn text(&self) -> String {
        if let Some(rendered) = &self.rendered {
            return rendered.clone();
        }
        let Facts { code, message, http_status, request_id, attempts, delivery, .. } = &*self.facts;
        let mut lines = match (code, self.exit) {
            (Some(code), 254) => format!("error: {}: {}\n", one_line(code), one_line(message)),
            _ if !self.tried.is_empty() => {
                let lines = self.tried.iter().map(|line| format!("  {}\n", one_line(line)));
                "error: no credentials\n".to_owned() + &lines.collect::<String>()
            }
            _ => format!("error: {}\n", one_line(message)),
        };
        if *attempts > 0 {
            let mut known = vec![match *delivery {
                NOT_SENT => "nothing was sent".to_owned(),
                _ if http_status.is_some() => "the request was answered".to_owned(),
                _ => "the request may have been received".to_owned(),
            }];
            known.extend(http_status.map(|status| format!("HTTP {status}")));
            known.extend(request_id.as_ref().map(|id| format!("request id {}", one_line(id))));
            known.push(format!("attempts: {attempts}"));
            known.extend(self.limited.then(|| "no time for another one".to_owned()));
            lines += &format!("  {}\n", known.join(", "));
        }
        if let Some(advice) = &self.advice {
            lines += &format!("  next: {}\n", one_line(advice));
        }
        lines
    }
}

/// The `code` of a call that got no answer, and what to do about it.
fn transport_code(kind: TransportErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        TransportErrorKind::Connect => ("Connect", Some(CHECK_NETWORK)),
        TransportErrorKind::Interrupted => ("ConnectionInterrupted", Some("try again")),
        TransportErrorKind::InvalidRequest => ("InvalidRequest", None),
        TransportErrorKind::InvalidResponse => (
            "InvalidResponse",
            Some("check what answers at the endpoint: a proxy, a sign-in page?"),
        ),
        TransportErrorKind::Timeout => ("Timeout", Some(RAISE_LIMIT)),
        TransportErrorKind::Tls => {
            ("Tls", Some("check the endpoint's certificate and the trusted roots (--ca-bundle)"))
        }
        TransportErrorKind::Unrecorded => (
            "Unrecorded",
            Some("check ids and flags against the recording, or record it again with --record"),
        ),
        _ => ("Other", None),
    }
}

/// The proxy's failure, where that was the cause.
fn of_proxy(error: &Error) -> Option<&ProxyError> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn proxy_advice(error: &ProxyError) -> &'static str {
    match error.kind() {
        ProxyErrorKind::Refused(407) => "check user and password in the proxy's URL",
        ProxyErrorKind::Refused(_) => CHECK_REFUSAL,
        _ => "check the proxy (HTTPS_PROXY, HTTP_PROXY), or give --no-proxy",
    }
}

/// The cause at the bottom: what the operating system, the peer or the library said.
fn root(error: &dyn StdError) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

const NOT_SENT: &str = "not-sent";
const MAYBE_SENT: &str = "maybe-sent";
const CHECK_NETWORK: &str = "check the endpoint, the region and the network";
const CHECK_REFUSAL: &str = "check that the proxy may connect to the endpoint, or give --no-proxy";
const CONFIG_HELP: &str = "see kendra-sync config --help";
const LATER: &str = "try again in a while";
const STOP_HELP: &str = "see kendra-sync stop --help";
const RAISE_LIMIT: &str =
    "check the endpoint, or raise --timeout, --attempt-timeout or --connect-timeout";

#[cfg(test)]
mod tests;
