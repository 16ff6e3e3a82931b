//! An answer outside 2xx: AWS's code, message and request id, or what stands in their place.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, StatusCode};

use crate::error_body::ErrorBody;
use crate::redact::{SLACK, Secrets};
use crate::unseen::is_unseen;

/// What Kendra, or something before it, answered.
///
/// The code is looked for in the header `x-amzn-errortype`, then in the body's `code`, then in its
/// `__type`; headers count even when the body is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    code: Option<ErrorCode>,
    message: Option<Box<str>>,
    status: StatusCode,
    request_id: Option<Box<str>>,
    excerpt: Option<Box<str>>,
}

impl ServiceError {
    pub(crate) fn read(
        response: &Response<Bytes>,
        request_id: Option<Box<str>>,
        secrets: &Secrets,
    ) -> Self {
        let bounded =
            |text: &str, limit| Some(secrets.bounded(text, limit)).filter(|text| !text.is_empty());
        let body = ErrorBody::parse(response.body());
        let header_code = header_text(response.headers(), X_AMZN_ERRORTYPE);
        let code = [header_code.as_deref(), body.code.as_deref(), body.type_name.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|code| bounded(error_name(code), MAX_CODE))
            .map(ErrorCode::from);
        let message = body.message.and_then(|message| bounded(&message, MAX_MESSAGE));
        let excerpt = match message {
            None if !response.body().is_empty() => Some(excerpt(response.body(), secrets)),
            _ => None,
        };
        let status = response.status();
        Self { code, message, status, request_id, excerpt }
    }

    /// AWS's error code without namespace and URI, if there is one.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.code.as_ref()
    }

    /// AWS's message, if there is one: at most 2,048 characters, then `…`.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The request id, for AWS support: `x-amzn-requestid`, else `x-amz-request-id`.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The first 200 bytes of a body that has no message, what is not printable ASCII as `\u{..}`.
    pub fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{}", OneLine(code.as_str()))?,
            None => f.write_str("an answer without an error code")?,
        }
        match (&self.message, &self.excerpt) {
            (Some(message), _) => write!(f, ": {}", OneLine(message))?,
            (None, Some(excerpt)) => write!(f, ": {excerpt}")?,
            (None, None) => {}
        }
        write!(f, " (HTTP {}", self.status.as_u16())?;
        if let Some(id) = &self.request_id {
            write!(f, ", request id {}", OneLine(id))?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for ServiceError {}

/// AWS's error codes for StopDataSourceSyncJob.
///
/// The five that [the operation documents][api] are variants; the Common Errors of every AWS service
/// and codes yet unknown keep their text.
///
/// [api]: https://docs.aws.amazon.com/kendra/latest/APIReference/API_StopDataSourceSyncJob.html
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `AccessDeniedException`: the caller's policies do not allow it. Mend them. Not retried.
    AccessDenied,
    /// `InternalServerException`: Kendra's own fault. Retried.
    InternalServer,
    /// `ResourceNotFoundException`: no such index or data source in this region and account.
    /// Check the ids. Not retried.
    ResourceNotFound,
    /// `ThrottlingException`: too many requests. Retried.
    Throttling,
    /// `ValidationException`: the input breaks a constraint. Not retried.
    Validation,
    /// Any other code, as it came. Retried if it is one of AWS's throttling or timeout codes.
    Other(Box<str>),
}

impl ErrorCode {
    /// The code as AWS spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::InternalServer => "InternalServerException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::Throttling => "ThrottlingException",
            Self::Validation => "ValidationException",
            Self::Other(code) => code,
        }
    }
}

impl From<Box<str>> for ErrorCode {
    fn from(code: Box<str>) -> Self {
        match &*code {
            "AccessDeniedException" => Self::AccessDenied,
            "InternalServerException" => Self::InternalServer,
            "ResourceNotFoundException" => Self::ResourceNotFound,
            "ThrottlingException" => Self::Throttling,
            "ValidationException" => Self::Validation,
            _ => Self::Other(code),
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id that AWS gave the request, bounded and without secrets.
pub(crate) fn request_id(headers: &HeaderMap, secrets: &Secrets) -> Option<Box<str>> {
    let id = header_text(headers, X_AMZN_REQUESTID)
        .or_else(|| header_text(headers, X_AMZ_REQUEST_ID))?;
    Some(secrets.bounded(&id, MAX_REQUEST_ID))
}

/// A header's text, or `None` where it is absent or blank.
fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<Cow<'_, str>> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    (!value.trim().is_empty()).then_some(value)
}

/// The bare name in `namespace#Name:http://…`, or the first name where API Gateway sends a list.
fn error_name(code: &str) -> &str {
    let name = code.split([':', ',']).next().unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default().trim()
}

fn excerpt(body: &[u8], secrets: &Secrets) -> Box<str> {
    let head = body.get(..EXCERPT + SLACK).unwrap_or(body);
    let masked = secrets.mask_bytes(head);
    let kept = masked.get(..EXCERPT).unwrap_or(&masked);
    let mut excerpt = String::with_capacity(kept.len());
    for c in String::from_utf8_lossy(kept).chars() {
        match c {
            ' '..='~' => excerpt.push(c),
            _ => excerpt.extend(c.escape_unicode()),
        }
    }
    excerpt.into_boxed_str()
}

/// Writes text on one line: what could steer a terminal, or hide, as `\u{..}`.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_unseen(c) { write!(f, "{}", c.escape_unicode())? } else { write!(f, "{c}")? }
        }
        Ok(())
    }
}

const X_AMZ_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const X_AMZN_ERRORTYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const X_AMZN_REQUESTID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const MAX_CODE: usize = 128;
const MAX_MESSAGE: usize = 2048;
const MAX_REQUEST_ID: usize = 128;
const EXCERPT: usize = 200;
