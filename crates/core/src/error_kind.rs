//! The kinds of error that a call can end with.

use crate::credentials::CredentialsError;
use crate::service_error::ServiceError;
use crate::transport::TransportError;

/// What went wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There are no credentials to sign with. See `source()`. Not retried.
    Credentials(CredentialsError),
    /// The operation limit passed before any attempt ended: getting credentials took too long. Raise
    /// the limit or mend their source. Not retried.
    Deadline,
    /// Kendra, or something before it, answered with a status outside 2xx. Retried when it is a
    /// throttling code, 429, 500, 502, 503, 504 or a timeout code.
    Service(ServiceError),
    /// There is no answer, or one that cannot be Kendra's. Retried by its
    /// [kind](crate::TransportErrorKind).
    Transport(TransportError),
}
