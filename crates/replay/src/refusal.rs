//! Why a replay does not answer a request.

use std::error::Error as StdError;
use std::fmt;

use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

use crate::error::CassetteError;

/// Why a [`Replay`](crate::Replay) refuses a request: the `source()` of its
/// [`Unrecorded`](TransportErrorKind::Unrecorded) error. It shows no value of a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no cassette to replay.
    NoCassette(CassetteError),
    /// Nothing that was recorded is the same request.
    NoMatch {
        /// The recorded exchange that is nearest to the request, if there is any.
        nearest: Option<Nearest>,
        /// How many exchanges are recorded.
        recorded: usize,
    },
    /// The request was recorded, and each recorded exchange has been used.
    UsedUp {
        /// How many exchanges match the request.
        matching: usize,
    },
}

/// A recorded exchange, and where a request differs from it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nearest {
    /// Its number, from 1.
    pub number: usize,
    /// The operation that its target names.
    pub operation: String,
    /// What differs: parts of a request, JSON pointers (RFC 6901) into its body.
    pub differences: Vec<String>,
}

impl From<Refusal> for TransportError {
    fn from(refusal: Refusal) -> Self {
        Self::new(TransportErrorKind::Unrecorded, Delivery::NotSent).with_source(refusal)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCassette(_) => f.write_str("there is no cassette to replay"),
            Self::NoMatch { nearest: None, .. } => f.write_str("the cassette is empty"),
            Self::NoMatch { nearest: Some(nearest), recorded } => {
                let Nearest { number, operation, differences } = nearest;
                write!(f, "the nearest is exchange {number} of {recorded} ({operation}), ")?;
                let shown = differences.get(..SHOWN).unwrap_or(differences);
                write!(f, "which differs in {}", shown.join("; "))?;
                match differences.len() - shown.len() {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more"),
                }
            }
            Self::UsedUp { matching: 1 } => f.write_str("the one exchange that matches is used up"),
            Self::UsedUp { matching } => {
                write!(f, "all {matching} exchanges that match are used up")
            }
        }
    }
}

impl StdError for Refusal {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::NoCassette(error) => Some(error),
            _ => None,
        }
    }
}

/// How many differences are told.
const SHOWN: usize = 5;
