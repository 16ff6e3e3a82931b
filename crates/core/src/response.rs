//! A response to an output or an error.

use std::fmt;

use bytes::Bytes;
use http::{Response, header};

use crate::error::AnswerHead;
use crate::error_kind::ErrorKind;
use crate::operation::{Answer, Operation};
use crate::redact::Secrets;
use crate::service_error::{ServiceError, request_id};
use crate::transport::{Delivery, TransportError, TransportErrorKind};

/// An answer that is no success.
pub(crate) struct Failure {
    pub(crate) head: AnswerHead,
    pub(crate) kind: ErrorKind,
}

/// Reads the answer to the call's attempt number `attempts`; `id` is its [`request_id`].
pub(crate) fn read<O: Operation>(
    operation: &O,
    response: Response<Bytes>,
    attempts: u32,
    id: Option<Box<str>>,
    secrets: &Secrets,
) -> Result<O::Output, Failure> {
    let status = response.status();
    let kind = if !status.is_success() {
        ErrorKind::Service(ServiceError::read(&response, id.clone(), secrets))
    } else if is_html(&response) {
        invalid(HtmlAnswer)
    } else {
        let (parts, body) = response.into_parts();
        return operation.output(Answer::new(id, attempts, body)).map_err(|error| {
            // The operation was given the one that there was.
            let request_id = request_id(&parts.headers, secrets);
            Failure { head: AnswerHead { status, request_id }, kind: invalid(error) }
        });
    };
    Err(Failure { head: AnswerHead { status, request_id: id }, kind })
}

/// Whether something other than Kendra answered: a captive portal, a proxy, a load balancer.
fn is_html(response: &Response<Bytes>) -> bool {
    response.headers().get_all(header::CONTENT_TYPE).iter().any(|value| {
        let media_type = value.as_bytes().split(|&b| b == b';').next().unwrap_or_default();
        [&b"text/html"[..], b"application/xhtml+xml"]
            .iter()
            .any(|html| media_type.trim_ascii().eq_ignore_ascii_case(html))
    })
}

fn invalid(source: impl std::error::Error + Send + Sync + 'static) -> ErrorKind {
    let kind = TransportErrorKind::InvalidResponse;
    ErrorKind::Transport(TransportError::new(kind, Delivery::MaybeSent).with_source(source))
}

#[derive(Debug)]
struct HtmlAnswer;

impl fmt::Display for HtmlAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a web page came back: something other than Kendra answered")
    }
}

impl std::error::Error for HtmlAnswer {}
