//! What is compared.

/// One of them.
#[derive(Debug)]
pub(crate) struct Client {
    /// Of its package, without `compare-`, and of its program.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The crate it is about, whose version is shown.
    pub(crate) about: Option<&'static str>,
    /// What the name does not say.
    pub(crate) remark: &'static str,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Over `http` and `https`.
    Whole,
    /// Over `http` alone.
    Clear,
    /// Without a network: a call and nothing else.
    Alone,
    /// The command, from the workspace outside: a whole process and nothing else.
    Command(&'static [&'static str]),
}

impl Client {
    /// Has a program that makes one call.
    pub(crate) fn is_program(&self) -> bool {
        self.kind != Kind::Alone
    }

    /// Has what measures it from inside.
    pub(crate) fn is_measured(&self) -> bool {
        !matches!(self.kind, Kind::Command(_))
    }

    pub(crate) fn is_over_network(&self) -> bool {
        matches!(self.kind, Kind::Clear | Kind::Whole)
    }

    pub(crate) fn speaks_tls(&self) -> bool {
        self.is_program() && self.kind != Kind::Clear
    }

    /// Whether it is kendra-sync.
    pub(crate) fn is_ours(&self) -> bool {
        self.about.is_some_and(|name| name.starts_with("kendra-sync"))
    }
}

pub(crate) const HYPER: &str = "kendra-sync-hyper";
pub(crate) const BLOCKING: &str = "kendra-sync-blocking";
pub(crate) const SDK: &str = "aws-sdk-kendra";
pub(crate) const BARE_HYPER: &str = "hyper";
pub(crate) const BARE_UREQ: &str = "ureq";
pub(crate) const CORE: &str = "core";
pub(crate) const COMMAND: &str = "kendra-sync";

pub(crate) static CLIENTS: [Client; 11] = [
    Client { name: HYPER, kind: Kind::Whole, about: Some(HYPER), remark: "" },
    Client { name: BLOCKING, kind: Kind::Whole, about: Some(BLOCKING), remark: "" },
    Client { name: SDK, kind: Kind::Whole, about: Some(SDK), remark: "default features" },
    Client {
        name: "aws-sdk-kendra-slim",
        kind: Kind::Whole,
        about: Some(SDK),
        remark: "only `default-https-client`, `rt-tokio`",
    },
    Client {
        name: BARE_HYPER,
        kind: Kind::Whole,
        about: Some("hyper"),
        remark: "one connection, not signed",
    },
    Client {
        name: "hyper-sigv4",
        kind: Kind::Whole,
        about: Some("hyper"),
        remark: "one connection, aws-sigv4's `sign()`",
    },
    Client { name: BARE_UREQ, kind: Kind::Whole, about: Some("ureq"), remark: "not signed" },
    Client { name: "tcp", kind: Kind::Clear, about: None, remark: "a socket, not signed" },
    Client {
        name: CORE,
        kind: Kind::Alone,
        about: Some("kendra-sync-core"),
        remark: "a transport that answers at once",
    },
    Client {
        name: COMMAND,
        kind: Kind::Command(&[]),
        about: Some("kendra-sync-cli"),
        remark: "the command",
    },
    Client {
        name: "kendra-sync-command-blocking",
        kind: Kind::Command(&["--transport", "blocking"]),
        about: Some("kendra-sync-cli"),
        remark: "the command, `--transport blocking`",
    },
];
