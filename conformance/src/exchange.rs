//! A request that is handed to a transport, and what may come of it.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

/// A request, and what may come of it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) origin: Origin,
    /// That of the case, if it is not told.
    pub(crate) scheme: Option<Scheme>,
    /// The path and query that follow the authority.
    pub(crate) target: &'static str,
    /// Changes the signed request before it is sent.
    pub(crate) change: fn(&mut http::Request<Bytes>),
    /// Any of these; none means that the outcome is only recorded.
    pub(crate) accepted: Vec<Want>,
    /// Time enough for a healthy exchange, unless the limit itself is tested.
    pub(crate) limit: Limit,
    pub(crate) ends: Ends,
}

/// Whom a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The case's server, by its address.
    Server,
    /// The case's server, as `localhost`.
    Localhost,
    /// The second server.
    Second,
    /// Whatever listens there.
    At(SocketAddr),
    /// A port that is taken, and not listened on.
    Refused,
    /// A name that no resolver takes: a label of 64 letters (RFC 1035 section 2.3.4).
    Nameless,
}

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// When a send must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    Whenever,
    /// Not much later than its limit.
    By,
    /// When its limit does: not before, and not much later.
    At,
}

/// The time limit of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Times `--time-scale`.
    Scaled(Duration),
    Exact(Duration),
}

/// An outcome that is right.
#[derive(Clone, Debug)]
pub(crate) enum Want {
    /// A response with this status and body.
    Answer(u16, Vec<u8>),
    /// An error of one of these kinds, and of this delivery if that is told.
    Fails(Vec<TransportErrorKind>, Option<Delivery>),
}

/// What came of one exchange.
pub(crate) type Outcome = Result<Response<Bytes>, TransportError>;

impl Exchange {
    /// The signed stop, as core makes it.
    pub(crate) fn new(accepted: Vec<Want>) -> Self {
        Self {
            origin: Origin::Server,
            scheme: None,
            target: "/",
            change: |_| {},
            accepted,
            limit: Limit::Scaled(Duration::from_secs(8)),
            ends: Ends::Whenever,
        }
    }

    pub(crate) fn to(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    pub(crate) fn over(mut self, scheme: Scheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    pub(crate) fn target(mut self, target: &'static str) -> Self {
        self.target = target;
        self
    }

    pub(crate) fn change(mut self, change: fn(&mut http::Request<Bytes>)) -> Self {
        self.change = change;
        self
    }

    pub(crate) fn limit(mut self, limit: Limit) -> Self {
        self.limit = limit;
        self
    }

    /// It must end when `limit` does.
    pub(crate) fn ends_at(mut self, limit: Duration) -> Self {
        self.limit = Limit::Scaled(limit);
        self.ends = Ends::At;
        self
    }

    /// It must end by `limit`.
    pub(crate) fn ends_by(mut self, limit: Duration) -> Self {
        self.limit = Limit::Scaled(limit);
        self.ends = Ends::By;
        self
    }
}

impl Want {
    /// A 200 with this body, and nothing else.
    pub(crate) fn ok(body: &[u8]) -> Vec<Self> {
        vec![Self::Answer(200, body.to_vec())]
    }

    /// An error of one of these kinds and of this delivery, and nothing else.
    pub(crate) fn fails(kinds: &[TransportErrorKind], delivery: Delivery) -> Vec<Self> {
        vec![Self::Fails(kinds.to_vec(), Some(delivery))]
    }

    /// Whether `outcome` is this one.
    pub(crate) fn is(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::Answer(status, body), Ok(response)) => {
                response.status().as_u16() == *status && response.body() == body
            }
            (Self::Fails(kinds, delivery), Err(error)) => {
                kinds.contains(&error.kind()) && delivery.is_none_or(|d| d == error.delivery())
            }
            _ => false,
        }
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(status, body) => {
                write!(f, "a response with status {status} and {}", Bounded(body))
            }
            Self::Fails(kinds, delivery) => {
                write!(f, "an error of kind {kinds:?}")?;
                delivery.map_or(Ok(()), |delivery| write!(f, ", {delivery:?}"))
            }
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// A body in a message: its length, and what it is if it is short, in quotes: `short` could be our own word.
pub(crate) struct Bounded<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Bounded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(body) = self;
        match body.len() {
            0 => f.write_str("no body"),
            length @ 1..=64 => write!(f, "a body of {length} bytes, \"{}\"", body.escape_ascii()),
            length => {
                let start = body.get(..32).unwrap_or(body);
                write!(f, "a body of {length} bytes, \"{}\"…", start.escape_ascii())
            }
        }
    }
}

#[cfg(test)]
mod tests;
