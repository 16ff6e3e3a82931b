//! What a service does, and what becomes of it.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::cell::Cell;
use std::error::Error as StdError;
use std::future::{pending, ready};
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use kendra_sync_core::TransportErrorKind::{
    Connect, Interrupted, InvalidRequest, InvalidResponse, Other, Timeout, Tls,
};
use kendra_sync_core::transport::MAX_BODY;
use kendra_sync_core::{Delivery, HttpTransport, TransportError, TransportErrorKind};
use kendra_sync_tower::{Deadline, TowerTransport};
use tower::{Service, ServiceBuilder, service_fn};

use Delivery::{MaybeSent, NotSent};

type BoxError = Box<dyn StdError + Send + Sync>;
type Outcome = Result<Response<Bytes>, TransportError>;

fn request() -> Request<Bytes> {
    Request::post("http://a.example/").body(Bytes::from_static(b"question")).unwrap()
}

async fn send(transport: &impl HttpTransport) -> Outcome {
    transport.send(request(), Duration::from_secs(10)).await
}

fn told(outcome: Outcome) -> (TransportErrorKind, Delivery) {
    let error = outcome.unwrap_err();
    (error.kind(), error.delivery())
}

/// Fails each request with what is made.
#[derive(Clone)]
struct Failing<F>(F);

impl<F: Fn() -> E, E> Service<Request<Bytes>> for Failing<F> {
    type Response = Response<Empty<Bytes>>;
    type Error = E;
    type Future = std::future::Ready<Result<Self::Response, E>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        ready(Err(self.0()))
    }
}

fn failing<F>(make: F) -> TowerTransport<Failing<F>> {
    TowerTransport::new(Failing(make))
}

/// Is never ready, or fails to be; clones are not shared between threads.
#[derive(Clone)]
struct Unready(Option<io::ErrorKind>, PhantomData<Cell<()>>);

impl Service<Request<Bytes>> for Unready {
    type Response = Response<Empty<Bytes>>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.map_or(Poll::Pending, |kind| Poll::Ready(Err(kind.into())))
    }

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        ready(Err(io::Error::other("called")))
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_readiness_is_within_the_limit_and_nothing_was_sent() {
    let transport = TowerTransport::new(Unready(None, PhantomData)).timer(tokio::time::sleep);
    let began = tokio::time::Instant::now();
    assert_eq!(told(send(&transport).await), (Timeout, NotSent));
    assert_eq!(began.elapsed(), Duration::from_secs(10));
}

#[tokio::test]
async fn a_service_that_cannot_become_ready_was_sent_nothing() {
    let transport = |kind| TowerTransport::new(Unready(Some(kind), PhantomData));
    let refused = transport(io::ErrorKind::PermissionDenied);
    assert_eq!(told(send(&refused).await), (Other, NotSent));
    let classified =
        transport(io::ErrorKind::PermissionDenied).classify(|_| Some((Interrupted, MaybeSent)));
    assert_eq!(told(send(&classified).await), (Interrupted, NotSent));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_stays_out_is_cut_at_the_limit_and_may_have_been_sent() {
    let dropped = Arc::new(());
    let held = Arc::clone(&dropped);
    let transport = TowerTransport::new(service_fn(move |_: Request<Bytes>| {
        let held = Arc::clone(&held);
        async move {
            let _held = held;
            pending::<Result<Response<Empty<Bytes>>, io::Error>>().await
        }
    }))
    .timer(tokio::time::sleep);
    assert_eq!(told(send(&transport).await), (Timeout, MaybeSent));
    // The service's own clone alone.
    assert_eq!(Arc::strong_count(&dropped), 2);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_is_cut_at_the_same_limit() {
    let transport = TowerTransport::new(service_fn(|_: Request<Bytes>| async {
        tokio::time::sleep(Duration::from_secs(9)).await;
        let body = StreamBody::new(futures_util::stream::pending::<
            Result<http_body::Frame<Bytes>, io::Error>,
        >());
        Ok::<_, io::Error>(Response::new(body))
    }))
    .timer(tokio::time::sleep);
    let began = tokio::time::Instant::now();
    assert_eq!(told(send(&transport).await), (Timeout, MaybeSent));
    assert_eq!(began.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_keeps_the_deadline_has_the_last_word() {
    let transport = TowerTransport::new(service_fn(|request: Request<Bytes>| {
        let until = request.extensions().get::<Deadline>().unwrap().keep();
        async move {
            // Later than the transport's own timer, by as much as a timer can be late.
            tokio::time::sleep_until(until.into()).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
            Err::<Response<Empty<Bytes>>, _>(TransportError::new(Timeout, NotSent))
        }
    }))
    .timer(tokio::time::sleep);
    assert_eq!(told(send(&transport).await), (Timeout, NotSent));
}

#[tokio::test]
async fn dropping_the_future_drops_the_services() {
    let (held, dropped) = (Arc::new(()), Mutex::new(None));
    let dropped = Arc::new(dropped);
    let transport = TowerTransport::new(service_fn({
        let dropped = Arc::clone(&dropped);
        move |_: Request<Bytes>| {
            let held = Arc::clone(&held);
            *dropped.lock().unwrap() = Some(Arc::downgrade(&held));
            async move {
                let _held = held;
                pending::<Result<Response<Empty<Bytes>>, io::Error>>().await
            }
        }
    }));
    let mut sending = Box::pin(send(&transport));
    assert!(futures_util::poll!(&mut sending).is_pending());
    let held = dropped.lock().unwrap().clone().unwrap();
    assert_eq!(held.strong_count(), 3);
    drop(sending);
    assert_eq!(held.strong_count(), 1);
}

#[tokio::test]
async fn an_error_is_what_its_maker_says_or_else_what_can_be_seen() {
    let own = failing(|| TransportError::new(Tls, NotSent));
    assert_eq!(told(send(&own).await), (Tls, NotSent));
    // In a box, as layers hand it on.
    let boxed = failing(|| BoxError::from(TransportError::new(Tls, NotSent)));
    assert_eq!(told(send(&boxed).await), (Tls, NotSent));
    for (kind, expected) in [
        (io::ErrorKind::ConnectionRefused, Connect),
        (io::ErrorKind::ConnectionReset, Interrupted),
        (io::ErrorKind::UnexpectedEof, Interrupted),
        (io::ErrorKind::TimedOut, Timeout),
        (io::ErrorKind::PermissionDenied, Other),
    ] {
        let failing = failing(move || io::Error::from(kind));
        assert_eq!(told(send(&failing).await), (expected, MaybeSent), "{kind}");
    }
    assert_eq!(told(send(&failing(|| "a text")).await), (Other, MaybeSent));
    let classified = failing(|| io::Error::from(io::ErrorKind::ConnectionRefused))
        .classify(|error| error.is::<io::Error>().then_some((Connect, NotSent)));
    assert_eq!(told(send(&classified).await), (Connect, NotSent));
    let error = send(&classified).await.unwrap_err();
    assert!(error.source().unwrap().is::<io::Error>());
}

#[tokio::test]
async fn an_error_in_a_body_is_never_unsent_nor_a_short_answer() {
    for (kind, expected) in [
        (io::ErrorKind::InvalidData, InvalidResponse),
        (io::ErrorKind::ConnectionReset, Interrupted),
        (io::ErrorKind::PermissionDenied, Interrupted),
    ] {
        let body = move || {
            let frames = [
                Ok(http_body::Frame::data(Bytes::from_static(b"half"))),
                Err(io::Error::from(kind)),
            ];
            StreamBody::new(futures_util::stream::iter(frames))
        };
        let service = move |_: Request<Bytes>| ready(Ok::<_, io::Error>(Response::new(body())));
        let transport = TowerTransport::new(service_fn(service));
        assert_eq!(told(send(&transport).await), (expected, MaybeSent), "{kind}");
        let transport = TowerTransport::new(service_fn(service)).classify(|_| Some((Tls, NotSent)));
        assert_eq!(told(send(&transport).await), (Tls, MaybeSent), "{kind}");
    }
}

#[tokio::test]
async fn a_body_is_taken_up_to_the_limit_and_then_dropped() {
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&polls);
    let transport = TowerTransport::new(service_fn(move |_: Request<Bytes>| {
        let counted = Arc::clone(&counted);
        let frames = std::iter::repeat_with(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<_, io::Error>(http_body::Frame::data(Bytes::from(vec![7; MAX_BODY / 4])))
        });
        let body = StreamBody::new(futures_util::stream::iter(frames));
        ready(Ok::<_, io::Error>(Response::new(body)))
    }));
    assert_eq!(send(&transport).await.unwrap().body().len(), MAX_BODY + 1);
    assert_eq!(polls.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn the_answer_is_handed_up_without_trailers_and_extensions() {
    let transport = TowerTransport::new(service_fn(|request: Request<Bytes>| async move {
        assert_eq!((request.method().as_str(), &request.body()[..]), ("POST", &b"question"[..]));
        let trailers =
            [("x-trailer".parse().unwrap(), "no".parse().unwrap())].into_iter().collect();
        let body = Full::new(Bytes::from_static(b"answer")).with_trailers(ready(Some(Ok::<
            http::HeaderMap,
            _,
        >(
            trailers
        ))));
        let response = Response::builder().status(418).header("x-a", "b").extension(7_u8);
        Ok::<_, io::Error>(response.body(body).unwrap())
    }));
    let response = send(&transport).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.body()[..]), (418, &b"answer"[..]));
    assert_eq!((response.headers().len(), &response.headers()["x-a"]), (1, &"b".parse().unwrap()));
    assert!(response.extensions().is_empty());
}

#[tokio::test]
async fn a_head_that_is_too_large_or_ambiguous_is_no_answer() {
    let large = ("x-large", "v".repeat(65 << 10));
    for fields in [
        vec![large],
        vec![("transfer-encoding", "chunked".to_owned()), ("content-length", "0".to_owned())],
    ] {
        let transport = TowerTransport::new(service_fn(move |_: Request<Bytes>| {
            let mut response = Response::builder();
            for (name, value) in &fields {
                response = response.header(*name, value);
            }
            ready(Ok::<_, io::Error>(response.body(Empty::<Bytes>::new()).unwrap()))
        }));
        assert_eq!(told(send(&transport).await), (InvalidResponse, MaybeSent));
    }
}

#[tokio::test]
async fn what_cannot_be_sent_never_reaches_the_service() {
    let transport = failing(|| io::Error::other("called"));
    for uri in ["/relative", "ftp://a.example/", "a.example:80"] {
        let request = Request::post(uri).body(Bytes::new()).unwrap();
        let outcome = transport.send(request, Duration::from_secs(10)).await;
        assert_eq!(told(outcome), (InvalidRequest, NotSent), "{uri}");
    }
    assert_eq!(told(transport.send(request(), Duration::ZERO).await), (Timeout, NotSent));
}

#[tokio::test]
async fn each_exchange_has_the_place_that_its_own_clone_reserved() {
    let service =
        ServiceBuilder::new().concurrency_limit(1).service_fn(|_: Request<Bytes>| async {
            tokio::task::yield_now().await;
            Ok::<_, io::Error>(Response::new(Empty::<Bytes>::new()))
        });
    let transport = Arc::new(TowerTransport::new(service));
    let mut sends = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let transport = Arc::clone(&transport);
        sends.spawn(async move { send(&*transport).await.unwrap().status().as_u16() });
    }
    assert_eq!(sends.join_all().await, [200; 8]);
}
