//! Which URL is called: custom ones, their order, and what they exclude.

use crate::world::{CONFIG, World};

const PROFILE: &str = "[profile ops]\nregion = eu-west-1\n";
const SERVICES: &str = "[services local]\nkendra =\n  endpoint_url = http://service:1\n";

fn of(profile: &str) -> World {
    World::new().with("AWS_PROFILE", "ops").file(CONFIG, format!("{PROFILE}{profile}"))
}

fn endpoint(world: &World) -> (String, String) {
    let settings = world.load();
    let endpoint = settings.endpoint().unwrap();
    (endpoint.value().to_string(), endpoint.source().to_string())
}

fn of_profile(url: &str) -> (String, String) {
    (url.to_owned(), format!("profile ops ({CONFIG})"))
}

fn of_rules(url: &str) -> (String, String) {
    (url.to_owned(), "endpoint rules".to_owned())
}

#[test]
fn a_services_section_goes_before_the_profiles_own_url() {
    let global = "endpoint_url = http://global:1\n";
    let services = "services = local\n";
    assert_eq!(
        endpoint(&of(&format!("{global}{services}{SERVICES}"))),
        of_profile("http://service:1")
    );
    assert_eq!(endpoint(&of(&format!("{services}{SERVICES}"))), of_profile("http://service:1"));
    let other = "[services local]\nlex =\n  endpoint_url = http://lex:1\n";
    assert_eq!(endpoint(&of(&format!("{global}{services}{other}"))), of_profile("http://global:1"));
    let unused = endpoint(&of(&format!("{global}{SERVICES}")));
    assert_eq!(unused, of_profile("http://global:1"));
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KENDRA"] {
        let world = of(&format!("{services}{SERVICES}")).with(variable, "http://variable:1");
        let expected = ("http://variable:1".to_owned(), format!("environment {variable}"));
        assert_eq!(endpoint(&world), expected);
    }
}

#[test]
fn a_services_section_that_is_wrong_is_an_error() {
    let missing = of("services = local\n").error();
    let message = format!("{CONFIG}: profile ops: services: there is no section [services local]");
    assert_eq!(missing, message);
    let bad = SERVICES.replace("http://service:1", "service:1");
    let message = format!(
        "{CONFIG}: profile ops: services local: kendra: endpoint_url: endpoint URL must start with http:// \
         or https://"
    );
    assert_eq!(of(&format!("services = local\n{bad}")).error(), message);
}

#[test]
fn configured_urls_are_ignored_on_demand_bad_ones_too() {
    let rules = of_rules("https://kendra.eu-west-1.amazonaws.com");
    let profile = format!("endpoint_url = nonsense\nservices = none\n{SERVICES}");
    let variable = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    let world = of(&profile).with("AWS_ENDPOINT_URL", "nonsense").with(variable, "True");
    assert_eq!(endpoint(&world), rules);
    let world = of(&format!("ignore_configured_endpoint_urls = true\n{profile}"));
    assert_eq!(endpoint(&world), rules);
    // The environment goes before the profile here, too.
    let world = of("ignore_configured_endpoint_urls = true\nendpoint_url = http://global:1\n");
    assert_eq!(endpoint(&world.with(variable, "false")), of_profile("http://global:1"));
    let given = "http://given:1".parse().unwrap();
    let settings = of("").with(variable, "true").builder().endpoint(given).load().unwrap();
    assert_eq!(settings.endpoint().unwrap().source().to_string(), "flag --endpoint-url");
    assert_eq!(of("").with(variable, "si").error(), format!("{variable}: must be true or false"));
}

#[test]
fn fips_and_dual_stack_choose_the_host() {
    for (fips, dualstack, host) in [
        ("false", "false", "kendra.eu-west-1.amazonaws.com"),
        ("true", "false", "kendra-fips.eu-west-1.amazonaws.com"),
        ("false", "true", "kendra.eu-west-1.api.aws"),
        ("true", "true", "kendra-fips.eu-west-1.api.aws"),
    ] {
        let variables = of("")
            .with("AWS_USE_FIPS_ENDPOINT", fips)
            .with("AWS_USE_DUALSTACK_ENDPOINT", dualstack);
        let keys =
            of(&format!("use_fips_endpoint = {fips}\nuse_dualstack_endpoint = {dualstack}\n"));
        for world in [variables, keys] {
            assert_eq!(endpoint(&world), of_rules(&format!("https://{host}")));
        }
    }
}

#[test]
fn fips_and_dual_stack_exclude_a_custom_url() {
    for (variable, what) in
        [("AWS_USE_FIPS_ENDPOINT", "FIPS"), ("AWS_USE_DUALSTACK_ENDPOINT", "dual-stack")]
    {
        let world = of("endpoint_url = http://global:1\n").with(variable, "true");
        let rule = format!("{variable}: {what} and a custom endpoint exclude each other");
        let other = format!("{CONFIG}: profile ops: endpoint_url sets one");
        assert_eq!(world.error(), format!("{rule}; {other}"));
        let given = "http://given:1".parse().unwrap();
        let error = of("").with(variable, "true").builder().endpoint(given).load().unwrap_err();
        assert_eq!(error.to_string(), format!("{rule}; --endpoint-url sets one"));
    }
    let message = format!(
        "{CONFIG}: profile ops: use_fips_endpoint: FIPS and a custom endpoint exclude each other; \
         AWS_ENDPOINT_URL sets one"
    );
    let world = of("use_fips_endpoint = true\n").with("AWS_ENDPOINT_URL", "http://a");
    assert_eq!(world.error(), message);
}
