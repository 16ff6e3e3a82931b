//! Proxies from the environment.

use crate::world::World;

fn world(endpoint: &str, variables: &[(&str, &str)]) -> World {
    let world = World::new().with("AWS_REGION", "eu-west-1").with("AWS_ENDPOINT_URL", endpoint);
    variables.iter().fold(world, |world, (name, value)| world.with(name, value))
}

#[test]
fn the_endpoints_scheme_and_host_choose_the_proxy() {
    let small = ("https_proxy", "http://user:hunter2@small:1");
    let capital = ("HTTPS_PROXY", "capital:2");
    for (endpoint, variables, proxy, source) in [
        ("https://h", &[][..], None, "default"),
        ("https://h", &[capital][..], Some("http://capital:2"), "environment HTTPS_PROXY"),
        ("https://h", &[capital, small], Some("http://small:1"), "environment https_proxy"),
        (
            "https://h",
            &[capital, ("https_proxy", "")],
            Some("http://capital:2"),
            "environment HTTPS_PROXY",
        ),
        ("https://h", &[("HTTP_PROXY", "http://p:1")], None, "default"),
        ("http://h", &[capital], None, "default"),
        ("http://h", &[("HTTP_PROXY", "http://p:1")], Some("http://p:1"), "environment HTTP_PROXY"),
        ("http://h", &[("http_proxy", "http://p:1")], Some("http://p:1"), "environment http_proxy"),
        ("https://h", &[capital, ("NO_PROXY", "a, h")], None, "environment NO_PROXY"),
        ("https://h", &[capital, ("no_proxy", "*")], None, "environment no_proxy"),
        (
            "https://h",
            &[capital, ("NO_PROXY", "h"), ("no_proxy", "other")],
            Some("http://capital:2"),
            "environment HTTPS_PROXY",
        ),
        ("https://10.1.2.3", &[capital, ("NO_PROXY", "10.0.0.0/8")], None, "environment NO_PROXY"),
        ("https://h", &[("NO_PROXY", "h")], None, "default"),
        ("https://h", &[("ALL_PROXY", "http://p:1")], None, "default"),
        // CVE-2016-5385: a request's header "Proxy" in a CGI program.
        ("http://h", &[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], None, "default"),
        (
            "http://h",
            &[("http_proxy", "http://p:1"), ("REQUEST_METHOD", "GET")],
            Some("http://p:1"),
            "environment http_proxy",
        ),
    ] {
        let settings = world(endpoint, variables).load();
        let found = settings.proxy();
        let shown = found.value().as_ref().map(ToString::to_string);
        let name = format!("{endpoint} {variables:?}");
        assert_eq!((shown.as_deref(), &*found.source().to_string()), (proxy, source), "{name}");
        let uri = endpoint.parse().unwrap();
        assert_eq!(settings.proxies().for_uri(&uri), found.value().as_ref(), "{name}");
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}

#[test]
fn the_program_can_do_without() {
    let world = world("https://h", &[("HTTPS_PROXY", "socks5://bad"), ("NO_PROXY", "1/2")]);
    let settings = world.builder().without_proxy().load().unwrap();
    assert_eq!(settings.proxy().source().to_string(), "flag --no-proxy");
    assert_eq!((settings.proxy().into_value(), settings.proxies()), (None, Default::default()));
}

#[test]
fn what_is_no_proxy_is_an_error_that_does_not_repeat_it() {
    let scheme = "proxy URL must start with http://, or with the host";
    for (name, value, rule) in [
        ("HTTPS_PROXY", "https://user:hunter2@p", scheme),
        ("https_proxy", "socks5h://user:hunter2@p:1080", scheme),
        (
            "HTTP_PROXY",
            "http://user:hunter2@p:x",
            "proxy URL's port must be a number from 1 to 65535",
        ),
        (
            "http_proxy",
            "http://user:hunter2@p/x",
            "proxy URL must not have a path, a query or a fragment",
        ),
        ("NO_PROXY", "a,10.0.0.0/33", "entry 2 must be a name, an address, a network or '*'"),
        ("no_proxy", "http://a", "entry 1 must be a name, an address, a network or '*'"),
    ] {
        let message = world("https://h", &[(name, value)]).error();
        assert_eq!(message, format!("{name}: {rule}"));
    }
}
