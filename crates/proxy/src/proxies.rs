//! Which proxy is asked for which request.

use http::Uri;
use http::uri::Scheme;

use crate::no_proxy::NoProxy;
use crate::proxy::Proxy;

/// Which proxy a request goes through, if any: one for `http`, one for `https`, and what is reached
/// without them. The default has none.
///
/// # Examples
///
/// ```
/// use kendra_sync_proxy::{NoProxy, Proxies, Proxy};
///
/// let proxies = Proxies::from(Proxy::parse("http://proxy:3128")?)
///     .except(NoProxy::parse("localhost, 10.0.0.0/8")?);
/// let kendra = "https://kendra.eu-west-1.amazonaws.com/".parse()?;
/// assert_eq!(proxies.for_uri(&kendra).map(ToString::to_string), Some("http://proxy:3128".into()));
/// assert_eq!(proxies.for_uri(&"http://localhost:8080/".parse()?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    except: NoProxy,
}

impl Proxies {
    /// No proxy.
    pub fn none() -> Self {
        Self::default()
    }

    /// Sends `http` requests through `proxy`.
    #[must_use]
    pub fn http(mut self, proxy: Proxy) -> Self {
        self.http = Some(proxy);
        self
    }

    /// Sends `https` requests through `proxy`.
    #[must_use]
    pub fn https(mut self, proxy: Proxy) -> Self {
        self.https = Some(proxy);
        self
    }

    /// Reaches `hosts` without a proxy.
    #[must_use]
    pub fn except(mut self, hosts: NoProxy) -> Self {
        self.except = hosts;
        self
    }

    /// The proxy that a request to `uri` goes through.
    pub fn for_uri(&self, uri: &Uri) -> Option<&Proxy> {
        let https = uri.scheme() == Some(&Scheme::HTTPS);
        let proxy = if https { &self.https } else { &self.http };
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        proxy.as_ref().filter(|_| !self.except.has(uri.host().unwrap_or_default(), port))
    }
}

/// For both schemes.
impl From<Proxy> for Proxies {
    fn from(proxy: Proxy) -> Self {
        Self::default().http(proxy.clone()).https(proxy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_host_choose_the_proxy() {
        let proxies = Proxies::none()
            .http("plain:1".parse().unwrap())
            .https("secure:2".parse().unwrap())
            .except("direct.test,only.test:8443".parse().unwrap());
        for (uri, proxy) in [
            ("http://a.test/", Some("http://plain:1")),
            ("https://a.test/", Some("http://secure:2")),
            ("https://direct.test/", None),
            ("http://x.direct.test:8080/", None),
            ("https://only.test/", Some("http://secure:2")),
            ("https://only.test:8443/", None),
            ("http://[::1]:8443/", Some("http://plain:1")),
        ] {
            let found = proxies.for_uri(&uri.parse().unwrap());
            assert_eq!(found.map(ToString::to_string).as_deref(), proxy, "{uri}");
        }
        let one = Proxies::none().https("secure:2".parse().unwrap());
        assert_eq!(one.for_uri(&"http://a.test/".parse().unwrap()), None);
        assert_eq!(Proxies::none().for_uri(&"https://a.test/".parse().unwrap()), None);
    }
}
