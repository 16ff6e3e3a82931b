use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;

use crate::data_source::Fault;
use crate::random;
use crate::signature::Refusal;

/// Why a request does not get what it asks for.
#[derive(Debug)]
pub(crate) enum Failure {
    AccessDenied(String),
    InternalServer,
    RequestTimeout,
    RequestTooLarge,
    ResourceNotFound(String),
    Serialization(&'static str),
    Signature(Refusal),
    Throttling,
    UnknownOperation(&'static str),
    Validation(String),
}

/// What goes back for one request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) request_id: String,
    pub(crate) outcome: Result<(), Failure>,
}

impl Answer {
    pub(crate) fn new(outcome: Result<(), Failure>) -> Self {
        Self { request_id: random::uuid(), outcome }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.outcome.as_ref().map_or_else(Failure::status, |()| StatusCode::OK)
    }

    pub(crate) fn code(&self) -> Option<&'static str> {
        self.outcome.as_ref().err().map(Failure::code)
    }

    /// The HTTP answer, but for `Date` and `Content-Length`, which the server adds.
    pub(crate) fn to_response(&self) -> Response<Full<Bytes>> {
        let body = match &self.outcome {
            Ok(()) => Bytes::new(),
            Err(failure) => failure.body().into(),
        };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
        #[expect(clippy::expect_used, reason = "cannot fail: hexadecimal digits and hyphens")]
        let request_id = HeaderValue::try_from(&self.request_id).expect("a UUID is a header value");
        headers.insert(REQUEST_ID, request_id);
        if let Err(Failure::RequestTimeout | Failure::RequestTooLarge) = self.outcome {
            // The rest of the body may still be under way, so no request can follow it.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl Failure {
    fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied(_) => "AccessDeniedException",
            Self::InternalServer => "InternalServerException",
            Self::RequestTimeout => "RequestTimeoutException",
            Self::RequestTooLarge => "RequestEntityTooLargeException",
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::Serialization(_) => "SerializationException",
            Self::Signature(refusal) => refusal.code(),
            Self::Throttling => "ThrottlingException",
            Self::UnknownOperation(_) => "UnknownOperationException",
            Self::Validation(_) => "ValidationException",
        }
    }

    /// The statuses of the operation's API page; those of AWS's models differ for three of them.
    fn status(&self) -> StatusCode {
        match self {
            Self::AccessDenied(_)
            | Self::ResourceNotFound(_)
            | Self::Serialization(_)
            | Self::Throttling
            | Self::UnknownOperation(_)
            | Self::Validation(_) => StatusCode::BAD_REQUEST,
            Self::InternalServer => StatusCode::INTERNAL_SERVER_ERROR,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Signature(refusal) => refusal.status(),
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::InternalServer => "An internal server error was asked for.",
            Self::RequestTimeout => "The body of the request took too long.",
            Self::RequestTooLarge => "The body of the request is larger than 1 MiB.",
            Self::Serialization(message) | Self::UnknownOperation(message) => message,
            Self::Signature(refusal) => refusal.message(),
            Self::Throttling => "Rate exceeded",
            Self::AccessDenied(message)
            | Self::ResourceNotFound(message)
            | Self::Validation(message) => message,
        }
    }

    /// Kendra's model spells the member of its own errors `Message`, AWS's common ones `message`.
    fn body(&self) -> String {
        let member = match self {
            Self::AccessDenied(_)
            | Self::InternalServer
            | Self::ResourceNotFound(_)
            | Self::Throttling
            | Self::Validation(_) => "Message",
            Self::RequestTimeout
            | Self::RequestTooLarge
            | Self::Serialization(_)
            | Self::Signature(_)
            | Self::UnknownOperation(_) => "message",
        };
        json!({ "__type": self.code(), member: self.message() }).to_string()
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::InternalServer => Self::InternalServer,
            Fault::Throttling => Self::Throttling,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Signature(refusal)
    }
}

/// HTTP/1.1 header names have no case; AWS writes this one `x-amzn-RequestId`.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
