//! What is wanted, held against what came.

use kendra_sync_core::Delivery::{MaybeSent, NotSent};
use kendra_sync_core::TransportErrorKind::{Connect, Timeout, Tls};

use super::*;

fn answered(status: u16, body: &'static [u8]) -> Outcome {
    Ok(Response::builder().status(status).body(Bytes::from_static(body)).unwrap())
}

fn failed(kind: TransportErrorKind, delivery: Delivery) -> Outcome {
    Err(TransportError::new(kind, delivery))
}

#[test]
fn an_answer_is_wanted_by_status_and_body() {
    for want in [Want::ok(b"ok"), vec![Want::Answer(200, b"ok".to_vec())]] {
        let [want] = want.try_into().unwrap();
        assert!(want.is(&answered(200, b"ok")));
        for other in [
            answered(200, b"no"),
            answered(200, b""),
            answered(500, b"ok"),
            answered(500, b"no"),
            failed(Timeout, MaybeSent),
        ] {
            assert!(!want.is(&other), "{other:?}");
        }
    }
}

#[test]
fn an_error_is_wanted_by_one_of_its_kinds_and_its_delivery() {
    let [told] = Want::fails(&[Connect, Tls], NotSent).try_into().unwrap();
    let any = Want::Fails(vec![Connect, Tls], None);
    for (outcome, as_told, as_any) in [
        (failed(Connect, NotSent), true, true),
        (failed(Tls, NotSent), true, true),
        (failed(Tls, MaybeSent), false, true),
        (failed(Timeout, NotSent), false, false),
        (failed(Timeout, MaybeSent), false, false),
        (answered(200, b"ok"), false, false),
    ] {
        let is = |want: &Want| want.is(&outcome);
        assert_eq!((is(&told), is(&any)), (as_told, as_any), "{outcome:?}");
    }
}

#[test]
fn what_is_wanted_is_told_in_words() {
    let long = Want::Answer(500, vec![b'x'; 65]);
    for (want, words) in [
        (Want::Answer(204, Vec::new()), "a response with status 204 and no body".to_owned()),
        (
            Want::Answer(200, vec![b'x'; 64]),
            format!("a response with status 200 and a body of 64 bytes, \"{}\"", "x".repeat(64)),
        ),
        (
            long,
            format!("a response with status 500 and a body of 65 bytes, \"{}\"…", "x".repeat(32)),
        ),
        (
            Want::Fails(vec![Connect, Tls], Some(NotSent)),
            "an error of kind [Connect, Tls], NotSent".to_owned(),
        ),
        (Want::Fails(vec![Timeout], None), "an error of kind [Timeout]".to_owned()),
    ] {
        assert_eq!(want.to_string(), words);
    }
    assert_eq!(format!("{} {}", Scheme::Http, Scheme::Https), "http https");
}
