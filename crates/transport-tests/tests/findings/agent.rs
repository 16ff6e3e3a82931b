//! ureq as it comes, but for the environment's proxies.

/// An agent that goes to the server itself.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().proxy(None).build().into()
}
