//! Where requests go: Kendra's host in a region, or a URL of the caller's.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use http::{HeaderValue, Uri};

use crate::region::Region;

/// Where requests are sent.
///
/// Either Kendra's own host by [AWS's endpoint rules][Endpoint::of_region], or a URL:
/// `http` or `https`, a host name or address, an optional port, and an optional prefix
/// `/segment[/segment…]` of unreserved characters (RFC 3986 section 2.3) and `%XX`.
///
/// # Examples
///
/// ```
/// use kendra_sync_core::{Endpoint, EndpointVariant, Region};
///
/// let region = Region::new("eu-west-1")?;
/// let kendra = Endpoint::of_region(&region, EndpointVariant::Standard);
/// assert_eq!(kendra.to_string(), "https://kendra.eu-west-1.amazonaws.com");
///
/// let local: Endpoint = "http://[::1]:8080/proxy/kendra".parse()?;
/// assert_eq!(local.to_string(), "http://[::1]:8080/proxy/kendra");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Scheme, authority without the scheme's default port, prefix, and a last slash.
    uri: Uri,
    /// The value of `Host`: the authority, as sent and as signed.
    host: HeaderValue,
    /// The path as SigV4 wants it: each segment percent-encoded once more.
    canonical_path: Box<str>,
}

/// Which of a region's endpoints to use. Every partition has all four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "two independent switches of AWS's endpoint rules")]
pub enum EndpointVariant {
    /// IPv4, not restricted to FIPS 140 validated cryptography.
    #[default]
    Standard,
    /// IPv4 and IPv6.
    DualStack,
    /// FIPS 140 validated cryptography.
    Fips,
    /// Both of the above.
    FipsDualStack,
}

impl Endpoint {
    /// Kendra's endpoint in `region`, by AWS's endpoint rule set for Kendra (version 1.0).
    pub fn of_region(region: &Region, variant: EndpointVariant) -> Self {
        let partition = region.partition();
        let (service, suffix) = match variant {
            EndpointVariant::Standard => ("kendra", partition.dns_suffix),
            EndpointVariant::DualStack => ("kendra", partition.dual_stack_dns_suffix),
            EndpointVariant::Fips => ("kendra-fips", partition.dns_suffix),
            EndpointVariant::FipsDualStack => ("kendra-fips", partition.dual_stack_dns_suffix),
        };
        #[expect(clippy::expect_used, reason = "no region is a bad one: it is one host label")]
        Self::parse(&format!("https://{service}.{region}.{suffix}"))
            .expect("host labels make a valid URL")
    }

    /// Parses a custom endpoint URL.
    ///
    /// A port that is the scheme's default is dropped; the prefix's last slash does not matter.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint`] names the rule that is broken. It never repeats the URL, which may hold a
    /// password where user information was given.
    pub fn parse(url: &str) -> Result<Self, InvalidEndpoint> {
        let (scheme, rest) = url.split_once("://").ok_or(InvalidEndpoint::Scheme)?;
        let (scheme, default_port) = match scheme {
            s if s.eq_ignore_ascii_case("https") => ("https", 443),
            s if s.eq_ignore_ascii_case("http") => ("http", 80),
            _ => return Err(InvalidEndpoint::Scheme),
        };
        if rest.contains('?') {
            return Err(InvalidEndpoint::Query);
        }
        if rest.contains('#') {
            return Err(InvalidEndpoint::Fragment);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(InvalidEndpoint::UserInfo);
        }
        let (host, port) = split_port(authority)?;
        let authority = match port {
            Some(port) if port != default_port => format!("{host}:{port}"),
            _ => host.to_owned(),
        };
        let prefix = path.strip_suffix('/').unwrap_or(path);
        check_prefix(prefix)?;

        let too_long = |_| InvalidEndpoint::Length;
        Ok(Self {
            uri: format!("{scheme}://{authority}{prefix}/").parse().map_err(too_long)?,
            host: HeaderValue::try_from(authority).map_err(|_| InvalidEndpoint::Host)?,
            canonical_path: format!("{}/", prefix.replace('%', "%25")).into_boxed_str(),
        })
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn host(&self) -> &HeaderValue {
        &self.host
    }

    pub(crate) fn canonical_path(&self) -> &str {
        &self.canonical_path
    }
}

/// Why a text is not an endpoint URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEndpoint {
    /// It has a `#fragment`.
    Fragment,
    /// The host is missing, or neither a name nor an address.
    Host,
    /// It is longer than a URL may be (65,534 bytes).
    Length,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The prefix holds an empty, `.` or `..` segment, or a character that is neither unreserved
    /// nor part of a `%XX`.
    Prefix,
    /// It has a `?query`.
    Query,
    /// The scheme is neither `http` nor `https`.
    Scheme,
    /// It has `user:password@` before the host.
    UserInfo,
}

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fragment => "endpoint URL must not have a fragment ('#')",
            Self::Host => {
                "endpoint URL must name a host: a name of ASCII letters, digits, '-', '_' and '.', \
                 an IPv4 address, or an IPv6 address in brackets"
            }
            Self::Length => "endpoint URL is too long",
            Self::Port => "endpoint URL's port must be a number from 1 to 65535",
            Self::Prefix => {
                "endpoint URL's path may hold only segments of ASCII letters, digits, '-', '.', \
                 '_', '~' and %XX, none empty, '.' or '..'"
            }
            Self::Query => "endpoint URL must not have a query ('?')",
            Self::Scheme => "endpoint URL must start with http:// or https://",
            Self::UserInfo => "endpoint URL must not have user information ('@')",
        })
    }
}

impl std::error::Error for InvalidEndpoint {}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(url: &str) -> Result<Self, InvalidEndpoint> {
        Self::parse(url)
    }
}

/// The URL without its last slash, as it would be written by hand.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.uri.to_string();
        f.write_str(url.strip_suffix('/').unwrap_or(&url))
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), InvalidEndpoint> {
    let (host, port) = if authority.starts_with('[') {
        let end = authority.find(']').ok_or(InvalidEndpoint::Host)?;
        let (host, rest) = authority.split_at(end + 1);
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let address = address.and_then(|address| address.parse::<Ipv6Addr>().ok());
        address.ok_or(InvalidEndpoint::Host)?;
        match rest.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if rest.is_empty() => (host, None),
            None => return Err(InvalidEndpoint::Host),
        }
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if host.is_empty() || !host.bytes().all(allowed) {
            return Err(InvalidEndpoint::Host);
        }
        (host, port)
    };
    let Some(digits) = port else { return Ok((host, None)) };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(InvalidEndpoint::Port);
    }
    match digits.parse() {
        Ok(0) | Err(_) => Err(InvalidEndpoint::Port),
        Ok(port) => Ok((host, Some(port))),
    }
}

fn check_prefix(prefix: &str) -> Result<(), InvalidEndpoint> {
    let Some(segments) = prefix.strip_prefix('/') else {
        return if prefix.is_empty() { Ok(()) } else { Err(InvalidEndpoint::Prefix) };
    };
    for segment in segments.split('/') {
        if matches!(segment, "" | "." | "..") || !is_segment(segment.as_bytes()) {
            return Err(InvalidEndpoint::Prefix);
        }
    }
    Ok(())
}

/// Unreserved characters (RFC 3986 section 2.3) and whole `%XX`.
fn is_segment(mut segment: &[u8]) -> bool {
    loop {
        segment = match segment {
            [] => return true,
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest
            }
            [c, rest @ ..] if c.is_ascii_alphanumeric() || b"-._~".contains(c) => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_url_gives_host_target_and_canonical_path() {
        for (url, host, target, canonical) in [
            ("http://localhost:8080", "localhost:8080", "/", "/"),
            ("HTTPS://Example.com", "Example.com", "/", "/"),
            ("https://example.com:443/", "example.com", "/", "/"),
            ("http://example.com:80", "example.com", "/", "/"),
            ("http://example.com:443", "example.com:443", "/", "/"),
            ("https://127.0.0.1:80/pre/fix", "127.0.0.1:80", "/pre/fix/", "/pre/fix/"),
            ("http://[::1]:9/a%20b/~c/", "[::1]:9", "/a%20b/~c/", "/a%2520b/~c/"),
            ("https://[fe80::1]", "[fe80::1]", "/", "/"),
            ("http://h/...", "h", "/.../", "/.../"),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!(endpoint.host(), host, "{url}");
            assert_eq!(endpoint.uri().path(), target, "{url}");
            assert_eq!(endpoint.canonical_path(), canonical, "{url}");
        }
    }

    #[test]
    fn what_no_request_may_go_to_is_refused() {
        use InvalidEndpoint as No;
        for (url, rule) in [
            ("", No::Scheme),
            ("example.com", No::Scheme),
            ("ftp://example.com", No::Scheme),
            ("http:/example.com", No::Scheme),
            ("http://", No::Host),
            ("http:///path", No::Host),
            ("http://ex ample.com", No::Host),
            ("http://exämple.com", No::Host),
            ("http://[::1", No::Host),
            ("http://[::g]:1", No::Host),
            ("http://[[::1]:9", No::Host),
            ("http://[::1]]:9", No::Host),
            ("http://[fe80::1%25eth0]", No::Host),
            ("http://[::1]x", No::Host),
            ("http://::1:80", No::Host),
            ("http://h:", No::Port),
            ("http://h:0", No::Port),
            ("http://h:+80", No::Port),
            ("http://h:65536", No::Port),
            ("http://[::1]:", No::Port),
            ("http://key:secret@h", No::UserInfo),
            ("http://h?x=1", No::Query),
            ("http://h/a?", No::Query),
            ("http://h/#a", No::Fragment),
            ("http://h//", No::Prefix),
            ("http://h/a//b", No::Prefix),
            ("http://h/./b", No::Prefix),
            ("http://h/a/..", No::Prefix),
            ("http://h/a b", No::Prefix),
            ("http://h/a+b", No::Prefix),
            ("http://h/%2", No::Prefix),
            ("http://h/%zz", No::Prefix),
            ("http://h/é", No::Prefix),
            ("http://h/\n", No::Prefix),
        ] {
            assert_eq!(Endpoint::parse(url), Err(rule), "{url}");
        }
        assert_eq!(
            Endpoint::parse(&format!("http://h/{}", "a".repeat(70_000))),
            Err(InvalidEndpoint::Length)
        );
    }

    #[test]
    fn no_message_repeats_the_url() {
        let error = Endpoint::parse("https://user:hunter2@example.com").unwrap_err();
        assert_eq!(error.to_string(), "endpoint URL must not have user information ('@')");
    }
}
