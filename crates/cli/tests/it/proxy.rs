//! Proxies from the environment.

use std::net::{Ipv4Addr, SocketAddr};

use kendra_sync_test_servers::{Authority, ConnectProxy, End, Notify, Raw, TlsServer};
use serde_json::Value;
use tokio::process::Command;

use crate::command::{INDEX, Ran, SECRET, TRANSPORTS, file, kendra_sync, run, stop};
use crate::secrets::assert_clean;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// No resolver is asked for it.
const HOST: &str = "kendra.invalid";
const USER: &str = "user:correct%2Dhorse-battery";
/// `user:correct-horse-battery`.
const BASIC: &str = "Basic dXNlcjpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";

fn through(arguments: &str, variable: &str, proxy: SocketAddr) -> Command {
    let mut command = stop(arguments);
    command.env(variable, format!("http://{USER}@{proxy}"));
    command
}

#[tokio::test]
async fn both_schemes_go_through_the_proxy_of_the_environment() {
    let authority = Authority::new("known");
    let (_directory, bundle) = file(authority.pem().as_bytes());
    let plain = Raw::start(vec![OK.into()], End::Close).await;
    let tls = TlsServer::start(authority.server(HOST, -1, 1), OK, Notify::Yes).await;
    let secure = SocketAddr::from((Ipv4Addr::LOCALHOST, tls.port()));
    for transport in TRANSPORTS {
        for (scheme, server, variables) in [
            ("http", plain.address(), ["HTTP_PROXY", "http_proxy"]),
            ("https", secure, ["HTTPS_PROXY", "https_proxy"]),
        ] {
            for variable in variables {
                let proxy = ConnectProxy::start(server, Some(BASIC)).await;
                let flags = format!("--endpoint-url {scheme}://{HOST} --transport {transport}");
                let mut command = through(&flags, variable, proxy.address());
                let ran = run(command.env("AWS_CA_BUNDLE", &bundle)).await;
                assert_eq!((ran.exit, &*ran.stderr), (0, ""), "{variable}");
                let asked = proxy.asked();
                let [asked] = asked.as_slice() else { panic!("{asked:?}") };
                assert!(asked.starts_with(&format!("CONNECT {HOST}:")), "{asked}");
                assert!(!asked.contains("AKIDEXAMPLE") && !asked.contains("x-amz"), "{asked}");
            }
        }
    }
}

#[tokio::test]
async fn no_proxy_is_used_where_it_is_not_meant() {
    let server = Raw::start(vec![OK.into()], End::Close).await;
    let tripwire = Raw::start(vec![OK.into()], End::Close).await;
    for transport in TRANSPORTS {
        let flags = format!("--endpoint-url {} --transport {transport}", server.url());
        for command in [
            &mut through(&format!("{flags} --no-proxy"), "HTTP_PROXY", tripwire.address()),
            through(&flags, "HTTP_PROXY", tripwire.address()).env("NO_PROXY", "127.0.0.0/8"),
            through(&flags, "http_proxy", tripwire.address()).env("no_proxy", "*"),
            &mut through(&flags, "HTTPS_PROXY", tripwire.address()),
            &mut through(&flags, "ALL_PROXY", tripwire.address()),
        ] {
            let ran = run(command).await;
            assert_eq!((ran.exit, &*ran.stderr), (0, ""));
        }
        let flags = format!("stop --emulator --index-id {INDEX} --id wiki --transport {transport}");
        let mut command = kendra_sync(&flags);
        let ran = run(command.env("HTTP_PROXY", format!("http://{}", tripwire.address()))).await;
        assert_eq!(ran.exit, 0);
    }
    assert_eq!((server.requests().len(), tripwire.accepted()), (10, 0));
}

#[tokio::test]
async fn a_wrong_password_is_a_clear_error_that_does_not_print_it() {
    let server = Raw::start(vec![OK.into()], End::Close).await;
    let proxy = ConnectProxy::start(server.address(), Some("Basic b3RoZXI=")).await;
    let address = proxy.address();
    let text = format!(
        "error: could not connect: proxy http://{address} wants other credentials (HTTP 407)\n  nothing was \
         sent, attempts: 1\n  next: check user and password in the proxy's URL\n"
    );
    for transport in TRANSPORTS {
        for scheme in ["http", "https"] {
            let flags = format!("--endpoint-url {scheme}://{HOST} --transport {transport}");
            let variable = format!("{}_PROXY", scheme.to_uppercase());
            let ran = run(&mut through(&flags, &variable, address)).await;
            assert_eq!(ran, Ran::new(255, "", &text), "{flags}");
            let mut loud = through(&format!("{flags} --debug --output json"), &variable, address);
            let ran = run(loud.env("RUST_LOG", "trace,hyper_util=trace,ureq=trace")).await;
            assert!(ran.stderr.contains("kendra_sync::call"), "{}", ran.stderr);
            assert_clean(&ran, &[SECRET, "correct-horse-battery", USER, &BASIC[6..]]);
            let error: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
            let error = &error["error"];
            let told = [&error["code"], &error["delivery"], &error["httpStatus"]];
            assert_eq!(told, [&Value::from("Connect"), &"not-sent".into(), &Value::Null]);
        }
    }
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn a_proxy_that_fails_is_named_with_what_to_do() {
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refusing = Raw::start(vec![b"HTTP/1.1 502 Bad Gateway\r\n\r\n".to_vec()], End::Close).await;
    let garbage = Raw::start(vec![b"<html>sign in</html>".to_vec()], End::Close).await;
    let check = "check the proxy (HTTPS_PROXY, HTTP_PROXY), or give --no-proxy";
    let known = "--region eu-west-1";
    let unknown = "--region mars-east-1";
    for (region, proxy, problem, next) in [
        (known, dead, "cannot be reached: Connection refused (os error 111)", check),
        (known, garbage.address(), "did not answer as a proxy does", check),
        (
            known,
            refusing.address(),
            "refused to connect (HTTP 502)",
            "check that the proxy may connect to the endpoint, or give --no-proxy",
        ),
        (unknown, dead, "cannot be reached: Connection refused (os error 111)", check),
        (
            unknown,
            refusing.address(),
            "refused to connect (HTTP 502)",
            "check the region: Kendra is not known to be in it",
        ),
    ] {
        for transport in TRANSPORTS {
            let flags = format!("{region} --transport {transport}");
            let ran = run(&mut through(&flags, "HTTPS_PROXY", proxy)).await;
            let text = format!(
                "error: could not connect: proxy http://{proxy} {problem}\n  nothing was sent, attempts: \
                 1\n  next: {next}\n"
            );
            assert_eq!(ran, Ran::new(255, "", &text), "{flags}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_stalls_ends_with_the_connect_limit() {
    let stalled = Raw::start(vec![Vec::new()], End::Hold).await;
    for transport in TRANSPORTS {
        let flags = format!("--transport {transport} --connect-timeout 1 --output json");
        let ran = run(&mut through(&flags, "HTTPS_PROXY", stalled.address())).await;
        let error: Value = serde_json::from_str(&ran.stderr).unwrap();
        let told = [&error["error"]["code"], &error["error"]["delivery"]];
        assert_eq!((ran.exit, told), (255, [&"Timeout".into(), &"not-sent".into()]));
    }
    stalled.ended(stalled.accepted()).await;
}
