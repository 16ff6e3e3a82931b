//! Proxies: what one is asked, what goes through it, and how it fails.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_proxy::{Proxies, Proxy, ProxyError, ProxyErrorKind};
use kendra_sync_test_servers::{Authority, ConnectProxy, End, Notify, Raw, TlsServer};
use kendra_sync_transport_tests::{Options, Subject, for_each_subject};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use Delivery::{MaybeSent, NotSent};
use TransportErrorKind::{Connect, Interrupted, Timeout, Tls};

const LONG: Duration = Duration::from_secs(30);
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/// No resolver is asked for it.
const HOST: &str = "kendra.invalid";
const PASSWORD: &str = "correct-horse-battery";
/// `user:correct-horse-battery`.
const BASIC: &str = "Basic dXNlcjpjb3JyZWN0LWhvcnNlLWJhdHRlcnk=";

async fn send(transport: &dyn HttpTransport, url: &str) -> Result<Response<Bytes>, TransportError> {
    let request = Request::post(url).header("x-secret", "header").body("body".into()).unwrap();
    transport.send(request, LONG).await
}

fn options(proxies: impl Into<Proxies>) -> Options {
    Options { proxies: proxies.into(), ..Options::default() }
}

fn at(address: SocketAddr, user: &str) -> Proxy {
    Proxy::parse(&format!("http://{user}{address}")).unwrap()
}

/// An error's own text and its causes', and all that `Debug` shows of it.
fn shown(error: &TransportError) -> String {
    let first: &dyn std::error::Error = error;
    let chain = std::iter::successors(Some(first), |error| error.source());
    chain.map(|e| format!("{e}; ")).collect::<String>() + &format!("{error:?}")
}

fn of_proxy(error: &TransportError) -> Option<ProxyErrorKind> {
    let first: &dyn std::error::Error = error;
    let mut chain = std::iter::successors(Some(first), |error| error.source());
    chain.find_map(|error| error.downcast_ref::<ProxyError>()).map(ProxyError::kind)
}

async fn both_schemes_go_through_the_proxy_which_sees_host_and_port_alone(subject: Subject) {
    let authority = Authority::new("known");
    for (wanted, user, line) in [
        (None, String::new(), String::new()),
        (Some(BASIC), format!("user:{PASSWORD}@"), format!("Proxy-Authorization: {BASIC}\r\n")),
    ] {
        let plain = Raw::start(vec![OK.into(), OK.into()], End::Hold).await;
        let proxy = ConnectProxy::start(plain.address(), wanted).await;
        let transport = subject.transport(options(at(proxy.address(), &user)));
        for _ in 0..2 {
            let response = send(&transport, &format!("http://{HOST}/pre/fix/")).await.unwrap();
            assert_eq!(response.body(), "ok");
        }
        let head =
            |port| format!("CONNECT {HOST}:{port} HTTP/1.1\r\nHost: {HOST}:{port}\r\n{line}\r\n");
        // One connection, and so one question, for two requests.
        assert_eq!(proxy.asked(), [head(80)]);
        let sent = plain.requests();
        assert_eq!((sent.len(), plain.accepted()), (2, 1));
        for request in sent {
            let request = String::from_utf8(request).unwrap();
            // Not in the form that a proxy is sent, and nothing that is the proxy's.
            assert!(request.starts_with("POST /pre/fix/ HTTP/1.1\r\n"), "{request}");
            assert!(!request.to_ascii_lowercase().contains("proxy-"), "{request}");
        }

        let server = TlsServer::start(authority.server(HOST, -1, 1), OK, Notify::Yes).await;
        let there = SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()));
        let proxy = ConnectProxy::start(there, wanted).await;
        let options =
            Options { roots: Some(authority.roots()), ..options(at(proxy.address(), &user)) };
        let transport = subject.transport(options);
        assert_eq!(send(&transport, &format!("https://{HOST}/")).await.unwrap().body(), "ok");
        assert_eq!(proxy.asked(), [head(443)]);
        assert_eq!(send(&transport, &format!("https://{HOST}:8443/")).await.unwrap().body(), "ok");
        assert_eq!(proxy.asked(), [head(443), head(8443)]);
    }
}

async fn what_is_excepted_goes_without_the_proxy(subject: Subject) {
    let server = Raw::start(vec![OK.into()], End::Hold).await;
    let tripwire = Raw::start(vec![OK.into()], End::Hold).await;
    let proxy = at(tripwire.address(), "");
    let port = server.address().port();
    for proxies in [
        Proxies::from(proxy.clone()).except("127.0.0.0/8".parse().unwrap()),
        Proxies::from(proxy.clone()).except(format!("other,127.0.0.1:{port}").parse().unwrap()),
        Proxies::from(proxy.clone()).except("*".parse().unwrap()),
        Proxies::none().https(proxy),
    ] {
        let transport = subject.transport(options(proxies));
        assert_eq!(send(&transport, &server.url()).await.unwrap().body(), "ok");
    }
    assert_eq!((server.accepted(), tripwire.accepted()), (4, 0));
}

async fn a_refusal_is_told_with_its_status_and_without_the_password(subject: Subject) {
    let server = Raw::start(vec![OK.into()], End::Hold).await;
    let proxy = ConnectProxy::start(server.address(), Some("Basic b3RoZXI=")).await;
    let user = format!("user:{PASSWORD}@");
    for scheme in ["http", "https"] {
        let transport = subject.transport(options(at(proxy.address(), &user)));
        let error = send(&transport, &format!("{scheme}://{HOST}/")).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (Connect, NotSent), "{scheme}");
        assert_eq!(of_proxy(&error), Some(ProxyErrorKind::Refused(407)));
        let shown = shown(&error) + &format!("{transport:?}");
        let text = format!("proxy http://{} wants other credentials (HTTP 407)", proxy.address());
        assert!(shown.contains(&text), "{shown}");
        assert!(!shown.contains(PASSWORD) && !shown.contains(&BASIC[6..]), "{shown}");
    }
    assert_eq!(server.accepted(), 0);
}

async fn whatever_a_proxy_does_the_request_was_not_sent(subject: Subject) {
    use ProxyErrorKind::{Closed, Refused, Unreachable, Unreadable};
    let long = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(70_000));
    for (answer, end, expected) in [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", End::Hold, Refused(403)),
        ("HTTP/1.0 502 Bad Gateway\r\nContent-Length: 9\r\n\r\n<html>no", End::Close, Refused(502)),
        ("HTTP/1.1 302 Found\r\nLocation: http://login.invalid/\r\n\r\n", End::Hold, Refused(302)),
        ("SSH-2.0-OpenSSH_9.2\r\n", End::Hold, Unreadable),
        ("<html>sign in</html>", End::Hold, Unreadable),
        (&long, End::Hold, Unreadable),
        ("", End::Close, Closed),
        ("HTTP/1.1 200 OK\r\nVia:", End::Close, Closed),
        ("", End::Reset, Closed),
    ] {
        for scheme in ["http", "https"] {
            let proxy = Raw::start(vec![answer.into()], end).await;
            let transport = subject.transport(options(at(proxy.address(), "")));
            let error = send(&transport, &format!("{scheme}://{HOST}/")).await.unwrap_err();
            let name = format!("{scheme} {} {end:?}", &answer[..answer.len().min(40)]);
            assert_eq!((error.kind(), error.delivery()), (Connect, NotSent), "{name}");
            assert_eq!(of_proxy(&error), Some(expected), "{name}");
            proxy.ended(1).await;
            assert_eq!(proxy.requests().len(), 1, "{name}");
        }
    }
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let transport = subject.transport(options(at(dead, "")));
    let error = send(&transport, &format!("http://{HOST}/")).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (Connect, NotSent));
    assert_eq!(of_proxy(&error), Some(Unreachable));
    assert!(shown(&error).contains("refused"), "{}", shown(&error));
}

async fn a_proxy_that_stalls_or_drips_is_given_up_within_the_connect_limit(subject: Subject) {
    let limit = Duration::from_millis(700);
    let stalled = Raw::start(vec![Vec::new()], End::Hold).await;
    let dripping = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = dripping.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = dripping.accept().await {
            tokio::spawn(async move {
                let drops =
                    b"HTTP/1.1 200 OK\r\nX: ".iter().copied().chain(std::iter::repeat(b'y'));
                let mut tick = tokio::time::interval(Duration::from_millis(20));
                for drop in drops {
                    tick.tick().await;
                    if stream.write_all(&[drop]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    for (address, scheme) in [
        (stalled.address(), "http"),
        (stalled.address(), "https"),
        (there, "http"),
        (there, "https"),
    ] {
        let options = Options { connect_timeout: Some(limit), ..options(at(address, "")) };
        let start = Instant::now();
        let error =
            send(&subject.transport(options), &format!("{scheme}://{HOST}/")).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (Timeout, NotSent), "{scheme}");
        let took = start.elapsed();
        assert!(took >= limit && took < LONG / 2, "{took:?}");
    }
    stalled.ended(2).await;
}

async fn what_happens_in_the_tunnel_is_told_as_without_one(subject: Subject) {
    let authority = Authority::new("known");
    let other =
        TlsServer::start(Authority::new("other").server(HOST, -1, 1), OK, Notify::Yes).await;
    let there = SocketAddr::from((Ipv4Addr::LOCALHOST, other.port()));
    let proxy = ConnectProxy::start(there, None).await;
    let trusting = |proxy| Options { roots: Some(authority.roots()), ..options(at(proxy, "")) };
    let transport = subject.transport(trusting(proxy.address()));
    let error = send(&transport, &format!("https://{HOST}/")).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (Tls, NotSent));
    assert_eq!(other.handshakes(), 0);

    let opened = "HTTP/1.1 200 OK\r\n\r\n";
    let proxy = Raw::start(vec![opened.into()], End::Close).await;
    let transport = subject.transport(trusting(proxy.address()));
    let error = send(&transport, &format!("https://{HOST}/")).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (Connect, NotSent));

    let proxy = Raw::start(vec![opened.into(), "HTTP/1.1 20".into()], End::Close).await;
    let transport = subject.transport(options(at(proxy.address(), "")));
    let error = send(&transport, &format!("http://{HOST}/")).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (Interrupted, MaybeSent));
    assert_eq!(of_proxy(&error), None);
}

for_each_subject![
    both_schemes_go_through_the_proxy_which_sees_host_and_port_alone,
    what_is_excepted_goes_without_the_proxy,
    a_refusal_is_told_with_its_status_and_without_the_password,
    whatever_a_proxy_does_the_request_was_not_sent,
    a_proxy_that_stalls_or_drips_is_given_up_within_the_connect_limit,
    what_happens_in_the_tunnel_is_told_as_without_one,
];
