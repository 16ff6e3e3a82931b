//! What is reached without a proxy.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// The hosts that are reached without a proxy: what `NO_PROXY` holds.
///
/// Entries are separated by commas or white space:
///
/// - `*`: every host;
/// - `example.com`, `.example.com` or `*.example.com`: that name and every name under it;
/// - `10.1.2.3`, `fd00::1` or `[fd00::1]`: that address;
/// - `10.0.0.0/8` or `fd00::/8`: the addresses of that network.
///
/// A name or address may be followed by `:port`, and then counts for that port alone; an IPv6 address
/// needs brackets for that. Case does not matter. Names are not looked up: a network says nothing of a
/// name.
///
/// # Examples
///
/// ```
/// use kendra_sync_proxy::NoProxy;
///
/// let direct = NoProxy::parse("localhost, .internal, 10.0.0.0/8")?;
/// assert!(direct.has("kendra.internal", 443));
/// assert!(!direct.has("kendra.eu-west-1.amazonaws.com", 443));
/// # Ok::<(), kendra_sync_proxy::InvalidNoProxy>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    Any,
    Address(IpAddr, Option<u16>),
    /// In lower case, without a leading dot.
    Name(Box<str>, Option<u16>),
    Network(IpNet),
}

impl NoProxy {
    /// Parses the entries.
    ///
    /// # Errors
    ///
    /// [`InvalidNoProxy`] when an entry can match nothing: it then means something else.
    pub fn parse(entries: &str) -> Result<Self, InvalidNoProxy> {
        let entries = entries.split(|c: char| c == ',' || c.is_whitespace());
        let rules = entries.filter(|entry| !entry.is_empty()).enumerate();
        let rule = |(index, entry)| Rule::parse(entry).ok_or(InvalidNoProxy { entry: index + 1 });
        rules.map(rule).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `host` is reached without a proxy. An IPv6 address may be in brackets.
    pub fn has(&self, host: &str, port: u16) -> bool {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let address = bare.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        // A name may be written with the root's dot.
        let name = bare.strip_suffix('.').unwrap_or(bare).to_ascii_lowercase();
        self.0.iter().any(|rule| match (rule, address) {
            (Rule::Any, _) => true,
            (Rule::Address(rule, only), Some(address)) => *rule == address && of(*only, port),
            (Rule::Network(network), Some(address)) => network.contains(&address),
            (Rule::Name(rule, only), None) => under(&name, rule) && of(*only, port),
            _ => false,
        })
    }
}

impl FromStr for NoProxy {
    type Err = InvalidNoProxy;

    fn from_str(entries: &str) -> Result<Self, InvalidNoProxy> {
        Self::parse(entries)
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::Any);
        }
        if entry.contains('/') {
            return entry.parse().ok().map(Self::Network);
        }
        if let Ok(address) = entry.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical(), None));
        }
        if let Some(rest) = entry.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            let IpAddr::V6(address) = address.parse().ok()? else { return None };
            return Some(Self::Address(IpAddr::V6(address).to_canonical(), only(port)?));
        }
        let (host, port) = entry.split_at(entry.find(':').unwrap_or(entry.len()));
        let port = only(port)?;
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address(address, port));
        }
        let name = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        let name = name.strip_prefix('.').unwrap_or(name);
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let good = !name.is_empty() && name.bytes().all(allowed);
        good.then(|| Self::Name(name.to_ascii_lowercase().into(), port))
    }
}

/// An entry of a list that can match nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNoProxy {
    /// Its number, from 1.
    entry: usize,
}

impl fmt::Display for InvalidNoProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} must be a name, an address, a network or '*'", self.entry)
    }
}

impl std::error::Error for InvalidNoProxy {}

/// What follows a host: nothing, or `:port`.
fn only(port: &str) -> Option<Option<u16>> {
    let Some(digits) = port.strip_prefix(':') else { return port.is_empty().then_some(None) };
    let number = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()));
    number.map(Some)
}

fn of(only: Option<u16>, port: u16) -> bool {
    only.is_none_or(|only| only == port)
}

/// Whether `name` is `rule` or ends with `.rule`.
fn under(name: &str, rule: &str) -> bool {
    let rule = rule.strip_suffix('.').unwrap_or(rule);
    name.strip_suffix(rule).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_match_hosts_suffixes_addresses_and_networks() {
        for (entries, matched, others) in [
            ("", &[][..], &["localhost", "::1"][..]),
            ("*", &["localhost", "10.0.0.1", "[::1]", "a.b"][..], &[]),
            (
                "example.com",
                &["example.com", "EXAMPLE.com", "a.example.com", "a.b.example.com", "example.com."],
                &["notexample.com", "example.com.evil.test", "example.org", "com", "10.0.0.1"],
            ),
            (".Example.com", &["example.com", "a.example.com"], &["notexample.com", "com"]),
            ("*.example.com", &["example.com", "a.example.com"], &["notexample.com"]),
            ("example.com.", &["example.com", "a.example.com"], &["examplexcom"]),
            ("10.1.2.3", &["10.1.2.3", "[::ffff:10.1.2.3]"], &["10.1.2.30", "110.1.2.3"]),
            ("fd00::1", &["[fd00::1]", "fd00:0::1"], &["[fd00::2]", "fd00"]),
            ("[fd00::1]", &["[fd00::1]"], &["[fd00::2]"]),
            (
                "10.0.0.0/8 fd00::/8",
                &["10.255.0.1", "[fd12::9]", "[::ffff:10.0.0.1]"],
                &["11.0.0.1", "[fe80::1]", "10.example.com"],
            ),
            ("a.test , b.test\tc.test,,", &["a.test", "b.test", "c.test"], &["d.test"]),
            ("localhost:443", &["localhost"], &[]),
            ("[::1]:443,10.0.0.1:443", &["[::1]", "10.0.0.1"], &["10.0.0.2"]),
            ("localhost:80", &[], &["localhost"]),
            ("[::1]:80,10.0.0.1:80", &[], &["[::1]", "10.0.0.1"]),
            ("my_host,xn--bcher-kva.test", &["my_host", "a.xn--bcher-kva.test"], &["host"]),
        ] {
            let direct = NoProxy::parse(entries).unwrap();
            for host in matched {
                assert!(direct.has(host, 443), "{host} in {entries}");
            }
            for host in others {
                assert!(!direct.has(host, 443), "{host} not in {entries}");
            }
        }
    }

    #[test]
    fn an_entry_that_can_match_nothing_is_named() {
        for entry in [
            "10.0.0.0/33",
            "10.0.0/8",
            "fd00::/129",
            "example.com/24",
            "http://example.com",
            "[::1",
            "[10.0.0.1]",
            "[::1]x",
            "host:",
            "host:port",
            "host:65536",
            "host:+1",
            "*.",
            ".",
            "**",
            "a*b.test",
            "exämple.com",
        ] {
            let refused = NoProxy::parse(&format!("localhost, {entry}")).unwrap_err();
            let message = "entry 2 must be a name, an address, a network or '*'";
            assert_eq!(refused.to_string(), message, "{entry}");
        }
    }
}
