//! What core's client must make of an answer, value by value.

use std::error::Error as _;

use kendra_sync_core::{Delivery, Error, ErrorCode, ErrorKind, Stopped};

use super::answers::REQUEST_ID;
use crate::check::Checks;

/// An answer outside 2xx as it must come out of the client.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u16,
    code: Option<ErrorCode>,
    message: Option<String>,
    excerpt: Option<String>,
    request_id: Option<&'static str>,
    retryable: bool,
}

impl Failure {
    /// Without code, message, excerpt or request id; not retryable.
    pub(crate) fn bare(status: u16) -> Self {
        let (code, message, excerpt, request_id) = (None, None, None, None);
        Self { status, code, message, excerpt, request_id, retryable: false }
    }

    /// With a code, and the request id that the group's JSON answers carry.
    pub(crate) fn of(status: u16, code: ErrorCode) -> Self {
        Self { code: Some(code), request_id: Some(REQUEST_ID), ..Self::bare(status) }
    }

    /// With a code, and no request id.
    pub(crate) fn unnumbered(status: u16, code: ErrorCode) -> Self {
        Self { request_id: None, ..Self::of(status, code) }
    }

    pub(crate) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// What is shown of a body that has no message.
    pub(crate) fn excerpt(mut self, excerpt: impl Into<String>) -> Self {
        self.excerpt = Some(excerpt.into());
        self
    }

    pub(crate) fn request_id(mut self, id: &'static str) -> Self {
        self.request_id = Some(id);
        self
    }

    pub(crate) fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// Compares each value; an outcome of another sort fails as a whole.
    pub(crate) fn check(&self, result: &Result<Stopped, Error>, checks: &mut Checks) {
        let Some(error) = answered(result, checks) else { return };
        let ErrorKind::Service(service) = error.kind() else { return };
        checks.equal("code", error.code(), self.code.as_ref());
        checks.equal("message", service.message(), self.message.as_deref());
        checks.equal("excerpt", service.excerpt(), self.excerpt.as_deref());
        checks.equal("status", error.status().map(|status| status.as_u16()), Some(self.status));
        checks.equal("request id", error.request_id(), self.request_id);
        checks.equal("retryable", error.retryable(), self.retryable);
    }
}

/// The error of an answer outside 2xx: received, after one attempt, and caused by nothing else.
pub(crate) fn answered<'a>(
    result: &'a Result<Stopped, Error>,
    checks: &mut Checks,
) -> Option<&'a Error> {
    let error = match result {
        Err(error) if matches!(error.kind(), ErrorKind::Service(_)) => error,
        other => {
            checks.must("outcome", false, "the service's error", shown(other));
            return None;
        }
    };
    checks.must("outcome", true, "the service's error", error);
    checks.equal("attempts", error.attempts(), 1);
    checks.equal("delivery", error.delivery(), Delivery::MaybeSent);
    checks.equal("cause", error.source().map(ToString::to_string), None);
    Some(error)
}

/// The stop was accepted, at the first attempt, under this request id.
pub(crate) fn stopped(
    result: &Result<Stopped, Error>,
    request_id: Option<&str>,
    checks: &mut Checks,
) {
    let Ok(stopped) = result else {
        checks.must("outcome", false, "the stop is accepted", shown(result));
        return;
    };
    checks.must("outcome", true, "the stop is accepted", "it is");
    checks.equal("attempts", stopped.attempts(), 1);
    checks.equal("request id", stopped.request_id(), request_id);
}

/// An outcome with its causes; core's errors hold no secret.
fn shown(result: &Result<Stopped, Error>) -> String {
    let Err(error) = result else { return "the stop is accepted".to_owned() };
    let mut text = format!("{error}, {:?}", error.delivery());
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}
