//! One call as a state machine: which request to send next, when, and what the call ends with.
//!
//! Pure: no I/O, no clock, no randomness. A driver asks for the next [`Step`], does what it says, and
//! hands back what came of it; [`Client`](crate::Client) is such a driver.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//! use std::time::{Instant, SystemTime};
//!
//! use kendra_sync_core::call::{Call, Now, Shared, Step};
//! use kendra_sync_core::operations::StopDataSourceSyncJob;
//! use kendra_sync_core::{Config, Credentials, DataSourceId, IndexId, Region};
//!
//! let shared = Arc::new(Shared::new(Config::new(Region::new("eu-west-1")?)));
//! let index = IndexId::new("0a1b2c3d-4e5f-6789-abcd-ef0123456789")?;
//! let stop = StopDataSourceSyncJob::new(index, DataSourceId::new("wiki")?);
//! let now = Now { instant: Instant::now(), system: SystemTime::now() };
//!
//! let Step::Send(mut attempt) = Call::start(&shared, stop, 42, now) else { panic!() };
//! let credentials = Credentials::new("AKIDEXAMPLE", "secret", None)?;
//! let request = attempt.sign(&credentials, now)?;
//! assert_eq!(request.uri(), "https://kendra.eu-west-1.amazonaws.com/");
//!
//! let Step::Done(Ok(stopped)) = attempt.complete(Ok(http::Response::default()), now) else { panic!() };
//! assert_eq!(stopped.attempts(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, header};
use tracing::debug;

use crate::config::Config;
use crate::credentials::{Credentials, CredentialsError};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::metadata;
use crate::operation::{Operation, Target};
use crate::quota::Quota;
use crate::reason::Reason;
use crate::recorded::Recorded;
use crate::response::{self, Failure};
use crate::retry;
use crate::service_error::request_id;
use crate::sign::{CONTENT_TYPE, Signer};
use crate::skew::{LearnedSkew, Skew};
use crate::transport::{Delivery, TransportError};

use self::progress::Progress;

mod progress;

/// What an operation's success gives.
pub type Output<O> = <O as Operation>::Output;

/// The two clocks, read at the same time.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a pair of readings, made by every driver")]
pub struct Now {
    /// For limits and waits.
    pub instant: Instant,
    /// For signatures.
    pub system: SystemTime,
}

/// What the calls of one client share.
pub struct Shared {
    config: Config,
    signer: Signer,
    user_agent: HeaderValue,
    trace_id: Option<HeaderValue>,
    /// `amz-sdk-request` of first attempts.
    first_attempt: HeaderValue,
    quota: Arc<Quota>,
    skew: LearnedSkew,
}

impl Shared {
    /// Takes the settings for all calls to come.
    pub fn new(config: Config) -> Self {
        let Config { region, retry, execution_environment, app_id, trace_id, .. } = &config;
        Self {
            signer: Signer::new(region.clone()),
            user_agent: metadata::user_agent(execution_environment.as_deref(), app_id.as_deref()),
            trace_id: trace_id.as_deref().map(metadata::trace_id),
            first_attempt: metadata::attempt(1, retry.attempts(), None),
            quota: Arc::new(Quota::new()),
            skew: LearnedSkew::default(),
            config,
        }
    }
}

/// Shows settings, quota and clock; the signing key is left out.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("config", &self.config)
            .field("quota", &self.quota)
            .field("skew", &self.skew)
            .finish_non_exhaustive()
    }
}

/// Where a call starts.
#[derive(Debug)]
#[non_exhaustive]
pub struct Call;

impl Call {
    /// Starts a call. The operation's limit runs from `now`; `seed` is a random number.
    pub fn start<O: Operation>(shared: &Arc<Shared>, operation: O, seed: u64, now: Now) -> Step<O> {
        let progress = Box::new(Progress::new(shared, operation, seed, now));
        Step::Send(Attempt::new(progress, now))
    }
}

/// What to do next.
#[derive(Debug)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "a driver must handle each of them")]
pub enum Step<O: Operation> {
    /// Sign and send a request.
    Send(Attempt<O>),
    /// Wait.
    Wait(Pause<O>),
    /// Nothing: this is how the call ended.
    Done(Result<Output<O>, Error>),
}

impl<O: Operation> Step<O> {
    /// Whether the call ends because the credentials have expired: their provider is to hear of it.
    pub fn refused_as_expired(&self) -> bool {
        let Self::Done(Err(error)) = self else { return false };
        error.code().is_some_and(|code| EXPIRED_CODES.contains(&code.as_str()))
    }
}

/// A request that is to be signed and sent.
#[derive(Debug)]
#[must_use]
pub struct Attempt<O: Operation> {
    progress: Box<Progress<O>>,
    /// When it was signed, and how far the clock was taken to be off.
    signed: (Now, Skew),
}

impl<O: Operation> Attempt<O> {
    fn new(progress: Box<Progress<O>>, now: Now) -> Self {
        Self { progress, signed: (now, Skew::default()) }
    }

    /// What is left of the operation's limit: how long getting credentials may take.
    pub fn remaining(&self, now: Now) -> Duration {
        self.progress.remaining(now)
    }

    /// The time limit for sending: the attempt's, or what is left of the operation's.
    pub fn timeout(&self, now: Now) -> Duration {
        self.progress.shared.config.attempt_timeout.min(self.progress.remaining(now))
    }

    /// The request, signed. From here on it counts as an attempt.
    ///
    /// # Errors
    ///
    /// The call's end, when the operation's limit has passed: nothing may be sent any more.
    pub fn sign(&mut self, credentials: &Credentials, now: Now) -> Result<Request<Bytes>, Error> {
        let progress = &mut *self.progress;
        if progress.remaining(now).is_zero() {
            return Err(progress.out_of_time());
        }
        progress.attempts = progress.attempts.saturating_add(1);

        let Shared { config, signer, user_agent, trace_id, first_attempt, skew, .. } =
            &*progress.shared;
        let endpoint = &config.endpoint;
        let skew = skew.get();
        self.signed = (now, skew);
        let time = skew.apply(now.system);
        let target = Target::<O>::VALUE;
        let body = progress.operation.body();
        let signed = signer.sign(endpoint, target.as_bytes(), &body, credentials, time);
        progress.secrets.keep(signed.signature);

        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = endpoint.uri().clone();
        let headers = request.headers_mut();
        headers.reserve(11);
        headers.insert(header::HOST, endpoint.host().clone());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(X_AMZ_TARGET, HeaderValue::from_static(target));
        headers.insert(X_AMZ_DATE, visible(signed.date.as_bytes()));
        if let Some(token) = credentials.session_token() {
            progress.secrets.add(token);
            headers.insert(X_AMZ_SECURITY_TOKEN, sensitive(token));
        }
        headers.insert(header::AUTHORIZATION, sensitive(signed.authorization));
        headers.insert(header::USER_AGENT, user_agent.clone());
        headers.insert(AMZ_SDK_INVOCATION_ID, metadata::invocation_id(progress.seed));
        let (attempt, max) = (progress.attempts, config.retry.attempts());
        let number = if attempt == 1 {
            first_attempt.clone()
        } else {
            let until = time.checked_add(config.attempt_timeout.min(progress.remaining(now)));
            metadata::attempt(attempt, max, until)
        };
        headers.insert(AMZ_SDK_REQUEST, number);
        if let Some(id) = trace_id {
            headers.insert(X_AMZN_TRACE_ID, id.clone());
        }
        debug!(target: TARGET, parent: &progress.span, attempt, max, "sending");
        Ok(request)
    }

    /// What the call does after the transport's outcome.
    pub fn complete(self, outcome: Result<Response<Bytes>, TransportError>, now: Now) -> Step<O> {
        let Self { mut progress, signed: (sent, signed_skew) } = self;
        let attempt = progress.attempts;
        let elapsed = now.instant.saturating_duration_since(sent.instant);
        let recorded = Recorded::of(&outcome);
        progress.recorded_end = recorded.is_some_and(|recorded| recorded.out_of_time);
        let response = match outcome {
            Ok(response) => response,
            Err(error) => {
                let (kind, delivery) = (error.kind(), error.delivery());
                debug!(target: TARGET, parent: &progress.span, attempt, ?kind, ?delivery, ?elapsed, "no answer");
                progress.delivery = progress.delivery.max(delivery);
                let kind = ErrorKind::Transport(error);
                let reason = Reason::of(&kind);
                let error = progress.error(kind);
                return progress.after(error, reason, None, now);
            }
        };
        progress.delivery = Delivery::MaybeSent;
        let sent_at = recorded.map_or(Some(sent.system), |recorded| recorded.sent);
        let skew = sent_at.and_then(|sent| Skew::measure(&response, sent, elapsed));
        if let Some(skew) = skew {
            progress.shared.skew.set(skew);
        }
        let status = response.status().as_u16();
        let retry_after = retry::retry_after(&response);
        let request_id = request_id(response.headers(), &progress.secrets);
        let id = request_id.as_deref().unwrap_or_default();
        debug!(target: TARGET, parent: &progress.span, attempt, status, request_id = id, ?elapsed, "answered");
        match response::read(&progress.operation, response, attempt, request_id, &progress.secrets)
        {
            Ok(output) => {
                progress.succeeded();
                Step::Done(Ok(output))
            }
            Err(Failure { kind, head }) => {
                let reason = Reason::of(&kind);
                let error = progress.error(kind).with_answer(head);
                if skew.is_some_and(|skew| skew.explains(error.code(), signed_skew)) {
                    let error = error.signed_off_time();
                    return progress.after(error, Some(Reason::ClockSkew), None, now);
                }
                progress.after(error, reason, retry_after, now)
            }
        }
    }

    /// The call's end when there are no credentials: that error, or the limit's where it has passed.
    pub fn without_credentials(mut self, error: CredentialsError, now: Now) -> Error {
        debug!(target: TARGET, parent: &self.progress.span, %error, "no credentials");
        if self.progress.remaining(now).is_zero() {
            return self.progress.out_of_time();
        }
        self.progress.error(ErrorKind::Credentials(error))
    }
}

/// A wait between two attempts.
#[derive(Debug)]
#[must_use]
pub struct Pause<O: Operation> {
    progress: Box<Progress<O>>,
    wait: Duration,
}

impl<O: Operation> Pause<O> {
    /// How long to wait. It ends within the operation's limit.
    pub fn duration(&self) -> Duration {
        self.wait
    }

    /// Goes on when the wait is over.
    pub fn resume(mut self, now: Now) -> Step<O> {
        if self.progress.remaining(now).is_zero() {
            return Step::Done(Err(self.progress.out_of_time()));
        }
        Step::Send(Attempt::new(self.progress, now))
    }
}

fn visible(value: impl Into<Vec<u8>>) -> HeaderValue {
    #[expect(
        clippy::expect_used,
        reason = "made of names, dates, ids and tokens that were checked"
    )]
    HeaderValue::try_from(value.into()).expect("visible ASCII is a header value")
}

fn sensitive(value: impl Into<Vec<u8>>) -> HeaderValue {
    let mut value = visible(value);
    value.set_sensitive(true);
    value
}

const AMZ_SDK_INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const AMZ_SDK_REQUEST: HeaderName = HeaderName::from_static("amz-sdk-request");
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const X_AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// What AWS answers to credentials that have expired: services of its JSON protocols the first.
const EXPIRED_CODES: [&str; 2] = ["ExpiredTokenException", "ExpiredToken"];

/// The target of a call's span and events: a stable name, whatever this file is called.
const TARGET: &str = "kendra_sync::call";

#[cfg(test)]
mod tests;
