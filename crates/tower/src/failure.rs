//! A service's errors as the transport's: what is known of one without knowing its type.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, InvalidResponse, Other, Timeout};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// What the user knows of an error, if anything.
pub(crate) type Classify =
    dyn Fn(&(dyn StdError + 'static)) -> Option<(TransportErrorKind, Delivery)> + Send + Sync;

/// How far an exchange had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The service has not been given the request.
    Readiness,
    /// It has, and no head has come.
    Request,
    /// The head has come.
    Body,
}

impl Stage {
    /// What an error of the service becomes.
    pub(crate) fn failure(self, error: BoxError, classify: Option<&Classify>) -> TransportError {
        // It is a transport's own, or one that a layer made, and tells all that is known.
        let error = match error.downcast::<TransportError>() {
            Ok(error) => return *error,
            Err(error) => error,
        };
        let told = classify.and_then(|classify| classify(&*error));
        let (kind, delivery) = told.unwrap_or_else(|| (self.kind(&*error), Delivery::MaybeSent));
        let delivery = match self {
            Self::Readiness => Delivery::NotSent,
            Self::Request => delivery,
            Self::Body => Delivery::MaybeSent,
        };
        TransportError::new(kind, delivery).with_source(error)
    }

    fn kind(self, error: &(dyn StdError + 'static)) -> TransportErrorKind {
        match (find_io(error).map(io::Error::kind), self) {
            (Some(ErrorKind::TimedOut), _) => Timeout,
            (Some(ErrorKind::ConnectionRefused), Self::Request) => Connect,
            (Some(ErrorKind::InvalidData | ErrorKind::InvalidInput), Self::Body) => InvalidResponse,
            // A body that has no end, whatever the reason, is not whole.
            (_, Self::Body) => Interrupted,
            (
                Some(
                    ErrorKind::BrokenPipe
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::ConnectionReset
                    | ErrorKind::UnexpectedEof,
                ),
                _,
            ) => Interrupted,
            _ => Other,
        }
    }
}

/// The first I/O error in the chain of causes.
fn find_io<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a io::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
