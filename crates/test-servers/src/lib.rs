//! Servers on loopback that this workspace's tests run against: they answer with given bytes, break
//! off where told to, and count what they saw.
#![expect(clippy::unwrap_used, reason = "a server that cannot do its part fails the test")]

pub use self::proxy::ConnectProxy;
pub use self::raw::{End, Raw, Script, read_request};
pub use self::tls::{Authority, Notify, TlsServer};

mod proxy;
mod raw;
mod tls;
