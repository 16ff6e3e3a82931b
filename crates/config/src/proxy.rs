//! Which proxies the environment names.

use kendra_sync_core::Endpoint;
use kendra_sync_proxy::{NoProxy, Proxies, Proxy};

use crate::error::SettingsError;
use crate::lookup::Lookup;
use crate::setting::{Setting, Source};

/// What the environment says of proxies.
#[derive(Clone, Debug)]
pub(crate) struct ProxySettings {
    http: Option<Setting<Proxy>>,
    https: Option<Setting<Proxy>>,
    except: Option<Setting<NoProxy>>,
    /// Where it is said that there is none, whatever else is said.
    none: Source,
}

impl ProxySettings {
    /// Small letters go before capitals, as for curl and Python.
    pub(crate) fn find(lookup: &Lookup<'_>) -> Result<Self, SettingsError> {
        // A CGI program's HTTP_PROXY is the client's header "Proxy" (CVE-2016-5385).
        let http: &[_] = match lookup.environment.os("REQUEST_METHOD") {
            Some(_) => &["http_proxy"],
            None => &["http_proxy", "HTTP_PROXY"],
        };
        Ok(Self {
            http: lookup.variable(http, Proxy::parse)?,
            https: lookup.variable(&["https_proxy", "HTTPS_PROXY"], Proxy::parse)?,
            except: lookup.variable(&["no_proxy", "NO_PROXY"], NoProxy::parse)?,
            none: Source::Default,
        })
    }

    /// None, because the program says so.
    pub(crate) fn none() -> Self {
        Self { http: None, https: None, except: None, none: Source::Flag("--no-proxy") }
    }

    /// For a transport's builder.
    pub(crate) fn proxies(&self) -> Proxies {
        let mut proxies = Proxies::none();
        if let Some(proxy) = &self.http {
            proxies = proxies.http(proxy.value().clone());
        }
        if let Some(proxy) = &self.https {
            proxies = proxies.https(proxy.value().clone());
        }
        match &self.except {
            Some(except) => proxies.except(except.value().clone()),
            None => proxies,
        }
    }

    /// The proxy that requests to `endpoint` go through.
    pub(crate) fn of(&self, endpoint: &Endpoint) -> Setting<Option<Proxy>> {
        let url = endpoint.to_string();
        let proxy = if url.starts_with("https:") { &self.https } else { &self.http };
        let uri = url.parse().ok();
        let used = uri.is_some_and(|uri| self.proxies().for_uri(&uri).is_some());
        match (proxy, &self.except) {
            (Some(proxy), _) if used => proxy.clone().map(Some),
            (Some(_), Some(except)) => Setting::new(None, except.source().clone()),
            _ => Setting::new(None, self.none.clone()),
        }
    }
}
