//! What a scenario does: servers, what is done with the transport, and what may come of it.

use std::pin::Pin;

use kendra_sync_core::{Error, Stopped};

use crate::caps::Caps;
use crate::check::Checks;
use crate::exchange::{Exchange, Scheme, Want};
use crate::server::{Connection, Seen};
use crate::stage::Stage;
use crate::subject::BoxError;

/// One run of servers and a transport within a scenario.
#[derive(Debug)]
pub(crate) struct Case {
    /// What distinguishes it from the scenario's other cases.
    pub(crate) name: String,
    pub(crate) server: Server,
    /// Another raw server, on a port of its own.
    pub(crate) second: Option<Vec<Connection>>,
    /// How the servers are spoken to. Their scripts are used as they stand; without one they are dressed in
    /// the scheme of the variant.
    pub(crate) scheme: Option<Scheme>,
    /// It is left out where these are not declared.
    pub(crate) needs: Caps,
    /// It is left out where these are declared.
    pub(crate) lacks: Caps,
    pub(crate) kind: Kind,
    pub(crate) act: Act,
    pub(crate) child: Option<Child>,
    /// What is sent to what plays the recording, if not the same again.
    pub(crate) replays: Option<Replays>,
    /// Why it is left out where answers come from a recording.
    pub(crate) only_live: Option<&'static str>,
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
    /// Anything else: sends at the same time, sends that are dropped, waits for what the server sees.
    Course {
        /// What it does, for `--explain`.
        told: &'static str,
        run: Course,
    },
}

/// What is sent to what plays a recording, one after the other.
#[derive(Debug)]
pub(crate) struct Replays {
    pub(crate) exchanges: Vec<Exchange>,
    /// How many recorded exchanges are then left.
    pub(crate) left: usize,
}

/// What a call of core's client must have come to.
pub(crate) type Judge = fn(&Result<Stopped, Error>, &mut Checks);

/// A case's course in code.
pub(crate) type Course = for<'a> fn(&'a mut Stage) -> Running<'a>;

/// A course that is being run. Its errors are the suite's.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send + 'a>>;

/// A case that runs in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Child {
    /// With nothing else in it that opens files or takes memory.
    Alone,
    /// With everything logged that anything in it logs.
    Logged,
    /// With the proxy variables, in both cases of letters, set to a tripwire.
    ProxyVariables,
    /// With an address space of 1 GiB.
    SmallMemory,
}

/// Which transports a case is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Any,
    /// It is about what a blocking transport has no part in.
    Async,
}

impl Case {
    fn new(name: impl Into<String>, server: Server, act: Act) -> Self {
        Self {
            name: name.into(),
            server,
            second: None,
            scheme: None,
            needs: Caps::NONE,
            lacks: Caps::NONE,
            kind: Kind::Any,
            act,
            child: None,
            replays: None,
            only_live: None,
            check: None,
        }
    }

    /// A raw server, and the requests to it.
    pub(crate) fn raw(
        name: impl Into<String>,
        connections: Vec<Connection>,
        exchanges: Vec<Exchange>,
    ) -> Self {
        Self::new(name, Server::Raw(connections), Act::Transport(exchanges))
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
        Self::new(name, Server::Mock(answers), Act::Client(judges))
    }

    /// Core's client on a raw server.
    pub(crate) fn client(
        name: impl Into<String>,
        connections: Vec<Connection>,
        judges: Vec<Judge>,
    ) -> Self {
        Self::new(name, Server::Raw(connections), Act::Client(judges))
    }

    /// A raw server, and a course of its own; `told` says in words what is done.
    pub(crate) fn course(
        name: impl Into<String>,
        connections: Vec<Connection>,
        told: &'static str,
        run: Course,
    ) -> Self {
        Self::new(name, Server::Raw(connections), Act::Course { told, run })
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

    /// To what plays the recording this is sent, and then so many recorded exchanges are left.
    pub(crate) fn replays(mut self, exchanges: Vec<Exchange>, left: usize) -> Self {
        self.replays = Some(Replays { exchanges, left });
        self
    }

    /// Not for what plays recordings; says why.
    pub(crate) fn only_live(mut self, why: &'static str) -> Self {
        self.only_live = Some(why);
        self
    }

    /// A further server.
    pub(crate) fn second(mut self, connections: Vec<Connection>) -> Self {
        self.second = Some(connections);
        self
    }

    /// Over `https`, to scripts that do the handshake themselves, or fail to.
    pub(crate) fn https(mut self) -> Self {
        self.scheme = Some(Scheme::Https);
        self.needs = self.needs | Caps::TLS;
        self
    }

    /// Over `http`, to scripts as they stand.
    pub(crate) fn http(mut self) -> Self {
        self.scheme = Some(Scheme::Http);
        self
    }

    /// It is left out where these are not declared.
    pub(crate) fn needs(mut self, caps: Caps) -> Self {
        self.needs = self.needs | caps;
        self
    }

    /// It is left out where these are declared.
    pub(crate) fn lacks(mut self, caps: Caps) -> Self {
        self.lacks = self.lacks | caps;
        self
    }

    /// Not for blocking transports.
    pub(crate) fn only_async(mut self) -> Self {
        self.kind = Kind::Async;
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
