//! Any exchange comes back as it was.

use std::error::Error as StdError;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use kendra_sync_replay::kendra_sync_core::{Delivery, TransportError, TransportErrorKind};
use kendra_sync_replay::{Cassette, Recorder, Replay};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::script::{Outcome, Script, send};

/// What a transport may hand up, as values that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Came {
    Answer(StatusCode, Version, http::HeaderMap, Bytes),
    Error(TransportErrorKind, Delivery, Vec<String>),
}

#[derive(Debug)]
struct Cause(String, Option<Box<Self>>);

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

impl Came {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Ok(response) => Self::Answer(
                response.status(),
                response.version(),
                response.headers().clone(),
                response.body().clone(),
            ),
            Err(error) => {
                let causes = std::iter::successors(error.source(), |&cause| cause.source());
                let causes = causes.map(ToString::to_string).collect();
                Self::Error(error.kind(), error.delivery(), causes)
            }
        }
    }

    fn outcome(&self) -> Outcome {
        match self.clone() {
            Self::Answer(status, version, headers, body) => {
                let mut response = Response::new(body);
                *response.status_mut() = status;
                *response.version_mut() = version;
                *response.headers_mut() = headers;
                Ok(response)
            }
            Self::Error(kind, delivery, causes) => {
                let error = TransportError::new(kind, delivery);
                let cause = causes
                    .into_iter()
                    .rev()
                    .fold(None, |source, text| Some(Box::new(Cause(text, source))));
                Err(match cause {
                    Some(cause) => error.with_source(*cause),
                    None => error,
                })
            }
        }
    }
}

fn header() -> impl Strategy<Value = (HeaderName, HeaderValue)> {
    let value =
        vec(any::<u8>().prop_filter("allowed", |b| *b == 9 || (*b >= 32 && *b != 127)), 0..40);
    ("x-[a-z0-9!#_.-]{1,12}", value)
        .prop_map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_bytes(&value).unwrap()))
}

fn headers() -> impl Strategy<Value = http::HeaderMap> {
    let kept = |headers: Vec<(HeaderName, HeaderValue)>| {
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        map
    };
    vec(header(), 0..6).prop_map(kept)
}

/// Any bytes, JSON, and text with what an editor does not show.
fn body() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        vec(any::<u8>(), 0..200).prop_map(Bytes::from),
        any::<String>().prop_map(Bytes::from),
        "\\{\"[a-z]{1,5}\":(1|\"[ -~&&[^\"\\\\]]{0,20}\"|\\[1.5,null\\])\\}".prop_map(Bytes::from),
    ]
}

fn request() -> impl Strategy<Value = Request<Bytes>> {
    let method =
        select(vec![Method::POST, Method::GET, Method::PUT, Method::from_bytes(b"X-1").unwrap()]);
    let uri = "https?://[a-z]{1,8}(:[1-9][0-9]{0,3})?/[a-z0-9%._~-]{0,9}(\\?[a-z=&]{0,12})?";
    (method, uri, headers(), body(), any::<Option<u8>>()).prop_map(
        |(method, uri, headers, body, target)| {
            let mut request = Request::builder().method(method).uri(uri).body(body).unwrap();
            *request.headers_mut() = headers;
            if let Some(target) = target {
                request.headers_mut().insert("x-amz-target", HeaderValue::from(u16::from(target)));
            }
            request
        },
    )
}

fn came() -> impl Strategy<Value = Came> {
    let versions = vec![
        Version::HTTP_09,
        Version::HTTP_10,
        Version::HTTP_11,
        Version::HTTP_2,
        Version::HTTP_3,
    ];
    let status = (100_u16..1000).prop_map(|status| StatusCode::from_u16(status).unwrap());
    let answer = (status, select(versions), headers(), body());
    let delivery = select(vec![Delivery::NotSent, Delivery::MaybeSent]);
    // User information in URLs is taken out.
    let cause = any::<String>().prop_filter("not a URL", |text| !text.contains("://"));
    let error = (select(TransportErrorKind::ALL), delivery, vec(cause, 0..4));
    prop_oneof![
        answer.prop_map(|(status, version, headers, body)| Came::Answer(
            status, version, headers, body
        )),
        error.prop_map(|(kind, delivery, causes)| Came::Error(kind, delivery, causes)),
    ]
}

proptest! {
    #[test]
    fn any_exchange_that_is_recorded_written_read_and_replayed_is_the_same(
        exchanges in vec((request(), came()), 1..4)
    ) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("any.har");
        let script = Script::new(exchanges.iter().map(|(_, came)| came.outcome()));
        let recorder = Recorder::create(&file, script).unwrap();
        for (request, came) in &exchanges {
            prop_assert_eq!(&Came::of(&send(&recorder, request.clone())), came);
        }
        let recording = recorder.recording();
        recording.finish().unwrap();

        let cassette = Cassette::read(&file).unwrap();
        prop_assert_eq!(&cassette, &recording.cassette());
        prop_assert_eq!(cassette.to_string(), std::fs::read_to_string(&file).unwrap());
        for (exchange, (request, came)) in cassette.exchanges().iter().zip(&exchanges) {
            prop_assert_eq!(exchange.method(), request.method());
            prop_assert_eq!(exchange.url(), request.uri().to_string());
            prop_assert_eq!(exchange.headers(), request.headers());
            prop_assert_eq!(exchange.body(), request.body());
            prop_assert_eq!(&Came::of(&exchange.outcome()), came);
        }
        let replay = Replay::new(cassette).strict();
        for (request, came) in &exchanges {
            prop_assert_eq!(&Came::of(&send(&replay, request.clone())), came);
        }
        prop_assert!(replay.finish().is_ok());
    }
}
