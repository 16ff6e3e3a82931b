//! What a scenario is: a row of the catalogue.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use kendra_sync_core::{Delivery, Error, Stopped, TransportError, TransportErrorKind};

use crate::caps::Caps;
use crate::check::Checks;
use crate::server::{Connection, Seen};

/// One row of the catalogue: what a server does, and what a transport must make of it.
#[derive(Debug)]
pub struct Scenario {
    pub(crate) id: &'static str,
    pub(crate) level: Level,
    pub(crate) revision: u32,
    pub(crate) doc: &'static str,
    pub(crate) source: &'static str,
    pub(crate) caps: Caps,
    pub(crate) replay: Replay,
    pub(crate) cases: Vec<Case>,
}

/// How binding a scenario is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// Recorded only.
    May,
    /// A failure is a warning, and with `--strict` a failure.
    Should,
    /// A failure is a failure.
    Must,
}

/// Whether a scenario has a meaning for a transport that plays recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// It needs a socket.
    NotApplicable,
    /// A recording can hold it.
    Applies,
}

impl Scenario {
    /// The id: `group/name`, never used for anything else.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The part of the id before the slash.
    pub fn group(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(group, _)| group)
    }

    /// How binding it is.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Counts changes of what it asks for.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Why it is there, and what to mend when it fails.
    pub fn doc(&self) -> &'static str {
        self.doc
    }

    /// The rule that it stands on.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// The capabilities that it needs.
    pub fn caps(&self) -> Caps {
        self.caps
    }

    pub(crate) fn must(id: &'static str) -> Self {
        Self {
            id,
            level: Level::Must,
            revision: 1,
            doc: "",
            source: "",
            caps: Caps::NONE,
            replay: Replay::NotApplicable,
            cases: Vec::new(),
        }
    }

    pub(crate) fn should(id: &'static str) -> Self {
        Self { level: Level::Should, ..Self::must(id) }
    }

    pub(crate) fn may(id: &'static str) -> Self {
        Self { level: Level::May, ..Self::must(id) }
    }

    /// Why it is there and what to mend.
    pub(crate) fn why(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// The rule: an RFC's section, AWS's page, a number of the transport's contract.
    pub(crate) fn rule(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// It is skipped where these are not declared.
    #[cfg_attr(not(test), expect(dead_code, reason = "no row of today's groups needs any"))]
    pub(crate) fn needs(mut self, caps: Caps) -> Self {
        self.caps = caps;
        self
    }

    pub(crate) fn replayable(mut self) -> Self {
        self.replay = Replay::Applies;
        self
    }

    pub(crate) fn case(mut self, case: Case) -> Self {
        self.cases.push(case);
        self
    }
}

/// One run of a server and a transport within a scenario.
#[derive(Debug)]
pub(crate) struct Case {
    /// What distinguishes it from the scenario's other cases.
    pub(crate) name: String,
    pub(crate) server: Server,
    pub(crate) act: Act,
    pub(crate) child: Option<Child>,
    /// What is looked at afterwards, besides the outcomes.
    pub(crate) check: Option<fn(&Seen, &mut Checks)>,
}

/// What answers.
#[derive(Debug)]
pub(crate) enum Server {
    /// Raw TCP: a script for each connection, in the order in which they come.
    Raw(Vec<Connection>),
    /// wiremock: an answer for each request, in the order in which they come.
    Mock(Vec<Answer>),
}

/// A whole answer that any HTTP server could give.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// What is done with the transport.
#[derive(Debug)]
pub(crate) enum Act {
    /// Requests are handed to it, one after the other.
    Transport(Vec<Exchange>),
    /// Core's client calls over it, one attempt each; every outcome is judged.
    Client(Vec<Judge>),
}

/// What a call of core's client must have come to.
pub(crate) type Judge = fn(&Result<Stopped, Error>, &mut Checks);

/// A request, and what may come of it.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The path and query that follow the server's authority.
    pub(crate) target: &'static str,
    /// Changes the signed request before it is sent.
    pub(crate) change: fn(&mut http::Request<Bytes>),
    /// Any of these; none means that the outcome is only recorded.
    pub(crate) accepted: Vec<Want>,
    /// Time enough for a healthy exchange, unless the limit itself is tested.
    pub(crate) timeout: Duration,
}

/// An outcome that is right.
#[derive(Clone, Debug)]
pub(crate) enum Want {
    /// A response with this status and body.
    Answer(u16, Vec<u8>),
    /// An error of one of these kinds, and of this delivery if that is told.
    Fails(Vec<TransportErrorKind>, Option<Delivery>),
}

/// A case that runs in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Child {
    /// With the proxy variables, in both cases of letters, set to a tripwire.
    ProxyVariables,
    /// With an address space of 1 GiB.
    SmallMemory,
}

/// What came of one exchange.
pub(crate) type Outcome = Result<Response<Bytes>, TransportError>;

impl Case {
    /// A raw server, and the requests to it.
    pub(crate) fn raw(
        name: impl Into<String>,
        connections: Vec<Connection>,
        exchanges: Vec<Exchange>,
    ) -> Self {
        let (server, act) = (Server::Raw(connections), Act::Transport(exchanges));
        Self { name: name.into(), server, act, child: None, check: None }
    }

    /// One connection, one answer, one request.
    pub(crate) fn answer(
        name: impl Into<String>,
        connection: Connection,
        accepted: Vec<Want>,
    ) -> Self {
        Self::raw(name, vec![connection], vec![Exchange::new(accepted)])
    }

    /// Core's client on wiremock: for each answer, what the client must make of it.
    pub(crate) fn mock(name: impl Into<String>, answers: Vec<(Answer, Judge)>) -> Self {
        let (answers, judges) = answers.into_iter().unzip();
        let (server, act) = (Server::Mock(answers), Act::Client(judges));
        Self { name: name.into(), server, act, child: None, check: None }
    }

    /// Core's client on a raw server.
    pub(crate) fn client(
        name: impl Into<String>,
        connections: Vec<Connection>,
        judges: Vec<Judge>,
    ) -> Self {
        let (server, act) = (Server::Raw(connections), Act::Client(judges));
        Self { name: name.into(), server, act, child: None, check: None }
    }

    /// Looks at what was seen on the wire and handed up.
    pub(crate) fn check(mut self, check: fn(&Seen, &mut Checks)) -> Self {
        self.check = Some(check);
        self
    }

    /// Runs in a process of its own.
    pub(crate) fn in_child(mut self, child: Child) -> Self {
        self.child = Some(child);
        self
    }
}

impl Exchange {
    /// The signed stop, as core makes it.
    pub(crate) fn new(accepted: Vec<Want>) -> Self {
        Self { target: "/", change: |_| {}, accepted, timeout: Duration::from_secs(8) }
    }

    pub(crate) fn target(mut self, target: &'static str) -> Self {
        self.target = target;
        self
    }

    pub(crate) fn change(mut self, change: fn(&mut http::Request<Bytes>)) -> Self {
        self.change = change;
        self
    }
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
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

/// A body in a message: its length, and what it is if it is short.
pub(crate) struct Bounded<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Bounded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(body) = self;
        match body.len() {
            0 => f.write_str("no body"),
            length @ 1..=64 => write!(f, "a body of {length} bytes, {}", body.escape_ascii()),
            length => {
                let start = body.get(..32).unwrap_or(body);
                write!(f, "a body of {length} bytes, {}…", start.escape_ascii())
            }
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::May => "may",
            Self::Must => "must",
            Self::Should => "should",
        })
    }
}
