//! Whatever byte of a signed request is changed on its way, the request is refused.

use std::time::{Duration, SystemTime};

use kendra_sync_emulator::Identity;
use kendra_sync_emulator::signature::verify;

use crate::client::{Signed, Unsigned, stop};

fn identity() -> Identity {
    Identity::new("ASIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .session_token("IQoJb3JpZ2lu/EXAMPLE+TOKEN==")
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160)
}

fn signed() -> Signed {
    let request = stop("127.0.0.1:8080", &identity())
        .header("x-amz-note", "two words,  three")
        .header("x-amz-note", "again");
    let target = "/pre/fix/%C3%A9%20x/~/?list=1&flag".to_owned();
    Unsigned { target, time: now(), ..request }.sign()
}

fn is_accepted(request: &Signed) -> bool {
    let lookup = |key_id: &str| (key_id == "ASIAEXAMPLE").then(identity);
    verify(&request.received(), lookup, now(), None).is_ok()
}

/// Replaces each byte of `part` by others, among them those that separate parts of a request.
fn assert_no_byte_can_be_changed(part: impl Fn(&mut Signed) -> &mut Vec<u8>) {
    let original = signed();
    assert!(is_accepted(&original));
    let length = part(&mut original.clone()).len();
    assert!(length > 0);
    for position in 0..length {
        let byte = part(&mut original.clone())[position];
        let close = [byte ^ 1, byte ^ 0x20, byte ^ 0x80, byte.wrapping_add(1)];
        for other in close.into_iter().chain(*b"\0\t\n ,/;=?%0aA\xff") {
            let mut changed = original.clone();
            part(&mut changed)[position] = other;
            let changed_at_all = other != byte;
            assert_eq!(is_accepted(&changed), !changed_at_all, "{other:#x} at {position}");
        }
    }
    // Nor can one be added or taken away, but for the spaces after the commas of Authorization.
    for position in 0..length {
        let mut changed = original.clone();
        let removed = part(&mut changed).remove(position);
        assert!(removed == b' ' || !is_accepted(&changed), "without the byte at {position}");
        let mut changed = original.clone();
        part(&mut changed).insert(position, b'0');
        assert!(!is_accepted(&changed), "one more byte at {position}");
    }
}

#[test]
fn no_byte_of_the_method_can_be_changed() {
    assert_no_byte_can_be_changed(|request| &mut request.method);
}

#[test]
fn no_byte_of_the_target_can_be_changed() {
    assert_no_byte_can_be_changed(|request| &mut request.target);
}

#[test]
fn no_byte_of_the_body_can_be_changed() {
    assert_no_byte_can_be_changed(|request| &mut request.body);
}

#[test]
fn no_byte_of_authorization_can_be_changed() {
    assert_no_byte_can_be_changed(|request| request.value("authorization"));
}

#[test]
fn no_byte_of_a_signed_header_can_be_changed() {
    for name in ["content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"] {
        assert_no_byte_can_be_changed(|request| request.value(name));
    }
}

/// Of this value the second of two spaces does not count, which is SigV4's rule.
#[test]
fn only_repeated_spaces_of_a_signed_header_do_not_count() {
    let original = signed();
    let value = original.clone().value("x-amz-note").clone();
    for (position, byte) in value.iter().enumerate() {
        for other in 0..=u8::MAX {
            let mut changed = original.clone();
            changed.value("x-amz-note")[position] = other;
            assert_eq!(is_accepted(&changed), other == *byte, "{other:#x} at {position}");
        }
    }
    for same in ["two words, three", " two words,    three\t"] {
        let mut spaced = original.clone();
        *spaced.value("x-amz-note") = same.into();
        assert!(is_accepted(&spaced), "{same}");
    }
}

#[test]
fn no_signed_header_can_be_renamed_removed_repeated_or_moved() {
    let original = signed();
    for (position, (name, value)) in original.headers.iter().enumerate() {
        let mut removed = original.clone();
        removed.headers.remove(position);
        assert!(!is_accepted(&removed), "without {name}");

        let mut renamed = original.clone();
        renamed.headers[position].0.push('x');
        assert!(!is_accepted(&renamed), "{name} renamed");

        let mut repeated = original.clone();
        repeated.headers.push((name.clone(), value.clone()));
        assert!(!is_accepted(&repeated), "{name} twice");
    }
    let mut moved = original;
    let last = moved.headers.len() - 1;
    let notes: Vec<_> =
        (0..=last).filter(|position| moved.headers[*position].0 == "x-amz-note").collect();
    moved.headers.swap(notes[0], notes[1]);
    assert!(!is_accepted(&moved), "values in another order");
}

#[test]
fn the_case_of_names_the_order_of_names_and_other_headers_do_not_count() {
    let mut request = signed().with("user-agent", "any").with("amz-sdk-request", "attempt=1");
    // A rotation keeps the two values of one name in their order.
    request.headers.rotate_left(1);
    for (name, _) in &mut request.headers {
        name.make_ascii_uppercase();
    }
    assert!(is_accepted(&request));
}
