//! The group `tls`: whom a request is sent to, and that nobody else can read it.

use kendra_sync_core::Delivery::{MaybeSent, NotSent};
use kendra_sync_core::TransportErrorKind::{Connect, Interrupted, Tls};

use crate::case::Case;
use crate::check::Checks;
use crate::exchange::{Exchange, Origin, Want};
use crate::scenario::Scenario;
use crate::server::{Certificate, Connection, Seen, Step, answer, response};

mod certificate;
mod end;
mod handshake;

pub(crate) fn rows() -> Vec<Scenario> {
    vec![
        certificate::valid(),
        certificate::untrusted(),
        certificate::wrong_host(),
        certificate::lookalike(),
        certificate::expired(),
        certificate::every_connection(),
        handshake::hello(),
        handshake::no_plaintext(),
        end::close_delimited(),
        end::complete(),
        handshake::broken(),
    ]
}

/// After the handshake, this.
fn in_tls(certificate: Certificate, then: Connection) -> Connection {
    std::iter::once(Step::Handshake(certificate)).chain(then).collect()
}

fn ok() -> Connection {
    answer(response("200 OK", "", b"ok"))
}

/// For a connection that should have been refused: what is sent over it again need not wait for its limit.
fn ok_twice() -> Connection {
    [ok(), ok()].concat()
}

/// A server with this certificate is refused, by name and by address, and gets nothing.
fn refused(name: &str, certificate: Certificate) -> [Case; 2] {
    [("localhost", Origin::Localhost), ("127.0.0.1", Origin::Server)].map(|(host, origin)| {
        let exchange = || Exchange::new(Want::fails(&[Tls], NotSent)).to(origin);
        let connections = vec![in_tls(certificate, ok_twice()); 3];
        // Twice: what was refused once may not be known by the second time.
        Case::raw(format!("{name}, {host}"), connections, vec![exchange(), exchange()])
            .https()
            .check(nothing_sent)
    })
}

/// No request, not even a byte of one, came on any connection.
fn nothing_sent(seen: &Seen, checks: &mut Checks) {
    let received: usize = seen.records.iter().map(|record| record.received().len()).sum();
    checks.must("request", received == 0, "not a byte of it", format_args!("{received} bytes"));
}
