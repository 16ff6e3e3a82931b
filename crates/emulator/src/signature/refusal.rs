use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use http::StatusCode;

/// Why a request's signature was not accepted: one of AWS's [Common Errors].
///
/// `Display` gives the message that goes to the client.
///
/// [Common Errors]: https://docs.aws.amazon.com/kendra/latest/APIReference/CommonErrors.html
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The signature is right, but the identity has expired.
    ExpiredToken,
    /// The `Authorization` header or what it needs is missing or malformed.
    IncompleteSignature(Cow<'static, str>),
    /// The signature does not belong to the request, or not to this time, region or service.
    InvalidSignature(Cow<'static, str>),
    /// There is no `Authorization` header.
    MissingAuthenticationToken,
    /// The access key id is unknown, or the session token is not the one that goes with it.
    UnrecognizedClient,
}

impl Refusal {
    pub(crate) fn incomplete(message: impl Into<Cow<'static, str>>) -> Self {
        Self::IncompleteSignature(message.into())
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidSignature(message.into())
    }

    /// Unlike AWS, which tells its canonical request here, this keeps the details to itself.
    pub(crate) fn mismatch() -> Self {
        Self::invalid(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. \
             Consult the service documentation for details.",
        )
    }

    /// AWS's code, as it stands in `__type`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ExpiredToken => "ExpiredTokenException",
            Self::IncompleteSignature(_) => "IncompleteSignatureException",
            Self::InvalidSignature(_) => "InvalidSignatureException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
        }
    }

    /// The HTTP status that goes with the code.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::IncompleteSignature(_) | Self::InvalidSignature(_) => StatusCode::BAD_REQUEST,
            Self::ExpiredToken | Self::MissingAuthenticationToken | Self::UnrecognizedClient => {
                StatusCode::FORBIDDEN
            }
        }
    }

    /// The message for the client.
    pub fn message(&self) -> &str {
        match self {
            Self::ExpiredToken => "The security token included in the request is expired",
            Self::IncompleteSignature(message) | Self::InvalidSignature(message) => message,
            Self::MissingAuthenticationToken => "Missing Authentication Token",
            Self::UnrecognizedClient => "The security token included in the request is invalid.",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for Refusal {}
