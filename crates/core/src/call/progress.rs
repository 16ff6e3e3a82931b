//! What all states of a call hold, and what follows an attempt.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{Span, debug, debug_span};

use super::{Attempt, Now, Pause, Shared, Step, TARGET};
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::operation::Operation;
use crate::quota::Taken;
use crate::reason::Reason;
use crate::redact::Secrets;
use crate::transport::Delivery;

pub(super) struct Progress<O> {
    pub(super) shared: Arc<Shared>,
    pub(super) operation: O,
    pub(super) attempts: u32,
    pub(super) delivery: Delivery,
    pub(super) secrets: Secrets,
    pub(super) span: Span,
    /// The outcome is a recorded one, after which the recorded call had no time left.
    pub(super) recorded_end: bool,
    /// The end of the operation's limit; `None` if it lies beyond what the clock can count.
    deadline: Option<Instant>,
    pub(super) seed: u64,
    /// What the last retry took from the quota.
    taken: Option<Taken>,
    /// The last attempt's error, while another attempt is to come.
    last: Option<Error>,
}

impl<O: Operation> Progress<O> {
    pub(super) fn new(shared: &Arc<Shared>, operation: O, seed: u64, now: Now) -> Self {
        let config = &shared.config;
        Self {
            attempts: 0,
            delivery: Delivery::NotSent,
            secrets: Secrets::default(),
            span: debug_span!(target: TARGET, "call", operation = O::NAME, endpoint = %config.endpoint),
            recorded_end: false,
            deadline: now.instant.checked_add(config.operation_timeout),
            seed,
            taken: None,
            last: None,
            shared: Arc::clone(shared),
            operation,
        }
    }

    /// What is left of the operation's limit.
    pub(super) fn remaining(&self, now: Now) -> Duration {
        self.deadline.map_or(Duration::MAX, |end| end.saturating_duration_since(now.instant))
    }

    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.attempts, self.delivery)
    }

    /// The end of a call whose limit passed before the next attempt: the last attempt's error.
    pub(super) fn out_of_time(&mut self) -> Error {
        let last = self.last.take();
        last.unwrap_or_else(|| self.error(ErrorKind::Deadline)).cut_by_limit()
    }

    /// An attempt succeeded: what its retry took comes back, or a token for a first attempt.
    pub(super) fn succeeded(&mut self) {
        if self.taken.take().is_none() {
            self.shared.quota.reward();
        }
    }

    /// What follows a failed attempt: another one, perhaps after a wait, or the end.
    pub(super) fn after(
        mut self: Box<Self>,
        error: Error,
        reason: Option<Reason>,
        retry_after: Option<Duration>,
        now: Now,
    ) -> Step<O> {
        if let Some(taken) = self.taken.take() {
            taken.spend();
        }
        let left = self.remaining(now);
        if left.is_zero() {
            return self.end(error.cut_by_limit(), "the operation's limit is reached");
        }
        let Some(reason) = reason else {
            return self.end(error, "no later attempt can succeed");
        };
        let policy = &self.shared.config.retry;
        if !policy.allows(self.attempts, self.delivery) {
            return self.end(error, "the policy allows no further attempt");
        }
        let wait = policy.wait(self.attempts, reason, retry_after, self.seed);
        if wait >= left {
            return self.end(error.cut_by_limit(), "the wait would pass the operation's limit");
        }
        if self.recorded_end {
            return self.end(error.cut_by_limit(), "the recorded call had no time left");
        }
        self.taken = self.shared.quota.take(policy.cost(reason));
        if self.taken.is_none() {
            return self.end(error, "the retry quota is used up");
        }
        debug!(target: TARGET, parent: &self.span, attempt = self.attempts, ?reason, ?wait, "retrying");
        self.last = Some(error);
        if wait.is_zero() {
            return Step::Send(Attempt::new(self, now));
        }
        Step::Wait(Pause { progress: self, wait })
    }

    fn end(&self, error: Error, because: &str) -> Step<O> {
        debug!(target: TARGET, parent: &self.span, attempts = self.attempts, because, "giving up");
        Step::Done(Err(error))
    }
}

/// Shows the operation and how far it is; no secret.
impl<O: Operation> fmt::Debug for Progress<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("operation", &self.operation)
            .field("attempts", &self.attempts)
            .field("delivery", &self.delivery)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}
