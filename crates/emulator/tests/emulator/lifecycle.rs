use std::io::ErrorKind as IoErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

use kendra_sync_emulator::{Emulator, ErrorKind, Identity, JobStatus};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{INDEX, SOURCE, exchange, stop_at};

#[tokio::test]
async fn dropping_it_closes_the_port_and_the_connections() {
    let emulator = Emulator::start().await.unwrap();
    let source = emulator.add_data_source(INDEX, SOURCE).unwrap();
    let address = emulator.local_addr();
    let request = stop_at(&emulator).sign().to_bytes();
    let mut used = TcpStream::connect(address).await.unwrap();
    assert_eq!(exchange(&mut used, &request).await.status, 200);
    let mut unused = TcpStream::connect(address).await.unwrap();

    drop(emulator);

    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), IoErrorKind::ConnectionRefused);
    // The port is free again.
    drop(TcpListener::bind(address).unwrap());
    for stream in [&mut used, &mut unused] {
        let end = timeout(Duration::from_secs(10), stream.read(&mut [0; 16])).await.unwrap();
        assert!(matches!(end, Ok(0)) || end.is_err(), "{end:?}");
    }
    assert_eq!((source.job(), source.stops()), (JobStatus::Stopping, 1));
}

#[test]
fn it_needs_no_runtime_and_serves_a_client_that_blocks() {
    use std::io::{Read, Write};

    let emulator = std::thread::spawn(|| {
        let mut start = Box::pin(Emulator::start());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match start.as_mut().poll(&mut context) {
            std::task::Poll::Ready(emulator) => emulator.unwrap(),
            std::task::Poll::Pending => panic!("must be ready at once"),
        }
    });
    let emulator = emulator.join().unwrap();
    emulator.add_data_source(INDEX, SOURCE).unwrap();
    let mut stream = std::net::TcpStream::connect(emulator.local_addr()).unwrap();
    stream.write_all(&stop_at(&emulator).sign().to_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
}

#[tokio::test]
async fn sixty_four_connections_are_served_at_once() {
    let emulator = Emulator::start().await.unwrap();
    let source = emulator.add_data_source(INDEX, SOURCE).unwrap();
    let mut streams = Vec::new();
    for _ in 0..64 {
        streams.push(TcpStream::connect(emulator.local_addr()).await.unwrap());
    }
    let request = stop_at(&emulator).sign().to_bytes();
    let mut tasks = JoinSet::new();
    for mut stream in streams {
        let request = request.clone();
        tasks.spawn(async move {
            let first = exchange(&mut stream, &request).await.status;
            // The connection is kept, so that a pool can be tested.
            (first, exchange(&mut stream, &request).await.status)
        });
    }
    assert_eq!(tasks.join_all().await, [(200, 200); 64]);
    assert_eq!((source.stops(), emulator.requests()), (128, 128));
}

#[tokio::test]
async fn two_emulators_know_nothing_of_each_other() {
    let (one, two) = (Emulator::start().await.unwrap(), Emulator::start().await.unwrap());
    let source = two.add_data_source(INDEX, SOURCE).unwrap();
    one.add_data_source(INDEX, SOURCE).unwrap();
    assert_eq!(stop_at(&one).send(&one).await.status, 200);
    let reply = stop_at(&one).send(&two).await;
    assert_eq!(reply.error(), (403, "UnrecognizedClientException".to_owned()));
    assert_eq!((source.stops(), one.requests(), two.requests()), (0, 1, 1));
}

#[tokio::test]
async fn the_endpoint_url_can_be_connected_to() {
    let emulator = Emulator::start().await.unwrap();
    let port = emulator.local_addr().port();
    assert_eq!(emulator.endpoint_url(), format!("http://127.0.0.1:{port}"));

    let everywhere = (Ipv4Addr::UNSPECIFIED, 0).into();
    let emulator = Emulator::builder().listen(everywhere).start().await.unwrap();
    let port = emulator.local_addr().port();
    assert_eq!(emulator.endpoint_url(), format!("http://127.0.0.1:{port}"));

    let ipv6: SocketAddr = (Ipv6Addr::LOCALHOST, 0).into();
    if TcpListener::bind(ipv6).is_ok() {
        let emulator = Emulator::builder().listen(ipv6).start().await.unwrap();
        emulator.add_data_source(INDEX, SOURCE).unwrap();
        let port = emulator.local_addr().port();
        assert_eq!(emulator.endpoint_url(), format!("http://[::1]:{port}"));
        assert_eq!(stop_at(&emulator).send(&emulator).await.status, 200);
    }
}

#[tokio::test]
async fn what_cannot_be_set_up_is_an_error_that_says_why() {
    let emulator = Emulator::start().await.unwrap();
    let taken = emulator.local_addr();
    let error = Emulator::builder().listen(taken).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Listen);
    assert_eq!(error.to_string(), format!("could not listen on {taken}"));
    let source = std::error::Error::source(&error).unwrap();
    let source = source.downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(source.kind(), IoErrorKind::AddrInUse);

    for account in ["", "12345678901", "1234567890123", "12345678901x"] {
        let error = Emulator::builder().account(account).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AccountId, "{account}");
    }
    for (index, source, kind) in [
        ("", SOURCE, ErrorKind::IndexId),
        ("../../../../../../../../../etc/passwd", SOURCE, ErrorKind::IndexId),
        (INDEX, "", ErrorKind::DataSourceId),
        (INDEX, "a b", ErrorKind::DataSourceId),
        ("", "", ErrorKind::IndexId),
    ] {
        let error = emulator.add_data_source(index, source).unwrap_err();
        assert_eq!(error.kind(), kind, "{index} {source}");
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let identity = Identity::new("AKIAOWN", "0123456789-own-secret").session_token("9876-token");
    let builder = Emulator::builder().identity(identity);
    let shown = format!("{builder:?}");
    let emulator = builder.start().await.unwrap();
    let shown = format!("{shown} {emulator:?}");
    assert_eq!(emulator.credentials().access_key_id(), "AKIAOWN");
    assert_eq!(shown.matches("AKIAOWN").count(), 2, "{shown}");
    assert!(!shown.contains("own-secret") && !shown.contains("9876-token"), "{shown}");
}
