//! Where to call: a URL that is set, or what AWS's endpoint rules make of the region.

use kendra_sync_core::{Endpoint, EndpointVariant, Region};

use crate::error::SettingsError;
use crate::lookup::{Lookup, invalid, place, truth};
use crate::setting::{Setting, Source};

/// The endpoint, and what decided it.
#[derive(Clone, Debug)]
pub(crate) struct EndpointSettings {
    /// None without a region or a URL.
    pub(crate) endpoint: Option<Setting<Endpoint>>,
    pub(crate) fips: Setting<bool>,
    pub(crate) dualstack: Setting<bool>,
}

impl EndpointSettings {
    pub(crate) fn find(
        lookup: &Lookup<'_>,
        region: Option<&Region>,
        given: Option<Endpoint>,
    ) -> Result<Self, SettingsError> {
        let switch = |variable, key| -> Result<Setting<bool>, SettingsError> {
            let found = lookup.find(&[variable], key, truth)?;
            Ok(found.unwrap_or(Setting::new(false, Source::Default)))
        };
        let fips = switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?;
        let dualstack = switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?;
        let custom = match given {
            Some(endpoint) => Some(Setting::new(endpoint, Source::Flag("--endpoint-url"))),
            None => service_url(lookup, "AWS_ENDPOINT_URL_KENDRA", "kendra")?,
        };
        if let Some(custom) = custom {
            for (what, key, on) in [
                ("FIPS", "use_fips_endpoint", &fips),
                ("dual-stack", "use_dualstack_endpoint", &dualstack),
            ] {
                if *on.value() {
                    let other = place(custom.source(), "endpoint_url");
                    let rule = format!(
                        "{what} and a custom endpoint exclude each other; {other} sets one"
                    );
                    return Err(invalid(on.source(), key, rule));
                }
            }
            return Ok(Self { endpoint: Some(custom), fips, dualstack });
        }
        let variant = match (*fips.value(), *dualstack.value()) {
            (false, false) => EndpointVariant::Standard,
            (false, true) => EndpointVariant::DualStack,
            (true, false) => EndpointVariant::Fips,
            (true, true) => EndpointVariant::FipsDualStack,
        };
        let endpoint = region.map(|region| Endpoint::of_region(region, variant));
        let endpoint = endpoint.map(|endpoint| Setting::new(endpoint, Source::EndpointRules));
        Ok(Self { endpoint, fips, dualstack })
    }
}

/// The URL of a service that the environment or the profile sets, unless one of them says to ignore
/// that.
pub(crate) fn service_url(
    lookup: &Lookup<'_>,
    variable: &'static str,
    service: &str,
) -> Result<Option<Setting<Endpoint>>, SettingsError> {
    let ignored = lookup.find(
        &["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
        "ignore_configured_endpoint_urls",
        truth,
    )?;
    if ignored.is_some_and(Setting::into_value) {
        return Ok(None);
    }
    let variables = [variable, "AWS_ENDPOINT_URL"];
    if let Some(found) = lookup.variable(&variables, Endpoint::parse)? {
        return Ok(Some(found));
    }
    match lookup.service(service, "endpoint_url", Endpoint::parse)? {
        Some(found) => Ok(Some(found)),
        None => lookup.key("endpoint_url", Endpoint::parse),
    }
}
