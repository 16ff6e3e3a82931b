//! Which proxy a host is reached through, and how that proxy is asked: what kendra-sync's transports
//! share. No I/O.
//!
//! A program finds these names in its transport's crate, and hands a [`Proxies`] to the transport's
//! builder.

pub use self::no_proxy::{InvalidNoProxy, NoProxy};
pub use self::proxies::Proxies;
pub use self::proxy::{InvalidProxy, Proxy};
pub use self::tunnel::{ProxyError, ProxyErrorKind, Tunnel};

mod no_proxy;
mod proxies;
mod proxy;
mod tunnel;
