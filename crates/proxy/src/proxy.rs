//! One proxy: where it is, and who asks.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// An HTTP proxy. It is asked with CONNECT whatever the scheme of the request, so that it never sees a
/// header or body, and not even the path.
///
/// # Examples
///
/// ```
/// use kendra_sync_proxy::Proxy;
///
/// let proxy = Proxy::parse("http://user:p%40ss@proxy.example.com:3128")?;
/// assert_eq!(proxy.to_string(), "http://proxy.example.com:3128");
/// # Ok::<(), kendra_sync_proxy::InvalidProxy>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// An IPv6 address is in brackets.
    host: Box<str>,
    port: u16,
    /// The value of `Proxy-Authorization`.
    authorization: Option<Zeroizing<String>>,
}

impl Proxy {
    /// Parses `[http://][user[:password]@]host[:port]`.
    ///
    /// Without a port it is 80. User and password may be percent-encoded, and become basic
    /// credentials ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
    ///
    /// # Errors
    ///
    /// [`InvalidProxy`] names the rule that is broken, and never repeats the URL.
    pub fn parse(url: &str) -> Result<Self, InvalidProxy> {
        let rest = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err(InvalidProxy::Scheme),
            None => url,
        };
        // A password may hold what ends a host, as it does for other tools.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(InvalidProxy::Path);
        }
        let (host, port) = split_port(authority)?;
        let authorization = user.filter(|user| !user.is_empty()).map(basic).transpose()?;
        Ok(Self { host: host.into(), port, authorization })
    }

    /// Its name or address; an IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.authorization.as_ref().map(|value| value.as_str())
    }
}

/// Shows where it is, and whether there are credentials.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("authorization", &self.authorization.as_ref().map(|_| "***"))
            .finish()
    }
}

/// The URL without credentials.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

impl FromStr for Proxy {
    type Err = InvalidProxy;

    fn from_str(url: &str) -> Result<Self, InvalidProxy> {
        Self::parse(url)
    }
}

/// Why a text is not a proxy's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// The host is missing, or neither a name nor an address.
    Host,
    /// It has a path, a query or a fragment.
    Path,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The scheme is not `http`.
    Scheme,
    /// The user's name holds a `:`, which basic credentials cannot carry.
    User,
}

impl fmt::Display for InvalidProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => {
                "proxy URL must name a host: a name of ASCII letters, digits, '-', '_' and '.', an \
                 IPv4 address, or an IPv6 address in brackets"
            }
            Self::Path => "proxy URL must not have a path, a query or a fragment",
            Self::Port => "proxy URL's port must be a number from 1 to 65535",
            Self::Scheme => "proxy URL must start with http://, or with the host",
            Self::User => "proxy URL's user name must not hold a ':' (%3A)",
        })
    }
}

impl std::error::Error for InvalidProxy {}

fn basic(user: &str) -> Result<Zeroizing<String>, InvalidProxy> {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let mut pair = Zeroizing::new(Vec::from_iter(percent_decode_str(user)));
    if pair.contains(&b':') {
        return Err(InvalidProxy::User);
    }
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    let encoded = Zeroizing::new(STANDARD.encode(&*pair));
    Ok(Zeroizing::new(format!("Basic {}", *encoded)))
}

fn split_port(authority: &str) -> Result<(&str, u16), InvalidProxy> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or(InvalidProxy::Host)?;
        address.parse::<Ipv6Addr>().map_err(|_| InvalidProxy::Host)?;
        (authority.get(..address.len() + 2).unwrap_or_default(), port)
    } else {
        let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if host.is_empty() || !host.bytes().all(allowed) {
            return Err(InvalidProxy::Host);
        }
        (host, port)
    };
    let Some(digits) = port.strip_prefix(':') else {
        return if port.is_empty() { Ok((host, DEFAULT_PORT)) } else { Err(InvalidProxy::Host) };
    };
    match digits.parse() {
        Ok(port) if port > 0 && digits.bytes().all(|b| b.is_ascii_digit()) => Ok((host, port)),
        _ => Err(InvalidProxy::Port),
    }
}

/// HTTP's, as curl's peers and the AWS CLI take it.
const DEFAULT_PORT: u16 = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_host_port_and_credentials() {
        for (url, host, port, user) in [
            ("http://proxy:3128", "proxy", 3128, None),
            ("HTTP://proxy.example.com/", "proxy.example.com", 80, None),
            ("proxy:8080", "proxy", 8080, None),
            ("10.1.2.3", "10.1.2.3", 80, None),
            ("http://[::1]:3128", "[::1]", 3128, None),
            ("http://[fd00::1]", "[fd00::1]", 80, None),
            ("http://user:pass@proxy:1", "proxy", 1, Some("Basic dXNlcjpwYXNz")),
            ("user:pass@proxy:1", "proxy", 1, Some("Basic dXNlcjpwYXNz")),
            // RFC 7617 section 2.
            ("http://Aladdin:open%20sesame@h", "h", 80, Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
            ("http://test:123%C2%A3@h", "h", 80, Some("Basic dGVzdDoxMjPCow==")),
            // "a:b@c/d:e", "u:%zz", "u:" and ":p".
            ("http://a:b%40c/d:e@h", "h", 80, Some("Basic YTpiQGMvZDpl")),
            ("http://u:%zz@h", "h", 80, Some("Basic dToleno=")),
            ("http://u@h", "h", 80, Some("Basic dTo=")),
            ("http://:p@h", "h", 80, Some("Basic OnA=")),
            ("http://@h", "h", 80, None),
        ] {
            let proxy = Proxy::parse(url).unwrap();
            let found = (proxy.host(), proxy.port(), proxy.authorization());
            assert_eq!(found, (host, port, user), "{url}");
            assert_eq!(proxy.to_string(), format!("http://{host}:{port}"), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        use InvalidProxy as No;
        for (url, rule) in [
            ("", No::Host),
            ("http://", No::Host),
            ("http://:3128", No::Host),
            ("http://user:hunter2@", No::Host),
            ("https://proxy:3128", No::Scheme),
            ("socks5://proxy:1080", No::Scheme),
            ("socks5h://user:hunter2@proxy:1080", No::Scheme),
            ("://proxy", No::Scheme),
            ("http://proxy:0", No::Port),
            ("http://proxy:", No::Port),
            ("http://proxy:65536", No::Port),
            ("http://proxy:+80", No::Port),
            ("http://proxy:8o", No::Port),
            ("http://::1:80", No::Host),
            ("http://[::1", No::Host),
            ("http://[::g]:1", No::Host),
            ("http://[::1]80", No::Host),
            ("http://pröxy", No::Host),
            ("http://proxy\r\nX: y", No::Host),
            ("http://proxy/path", No::Path),
            ("http://proxy?x", No::Path),
            ("http://proxy:1#x", No::Path),
            ("http://proxy//", No::Path),
            ("http://a%3Ab:hunter2@h", No::User),
        ] {
            let refused = Proxy::parse(url).map(|proxy| proxy.to_string());
            assert_eq!(refused, Err(rule), "{url}");
            assert!(!rule.to_string().contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        let proxy = Proxy::parse("http://user:hunter2@h:1").unwrap();
        let shown = r#"Proxy { host: "h", port: 1, authorization: Some("***") }"#;
        assert_eq!(format!("{proxy:?}"), shown);
    }
}
