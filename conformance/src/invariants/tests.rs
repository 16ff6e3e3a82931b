//! Each invariant, held and broken.

use kendra_sync_core::Delivery::{MaybeSent, NotSent};
use kendra_sync_core::{TransportError, TransportErrorKind};

use super::*;
use crate::canary;
use crate::scenario::Level;
use crate::server::Record;

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";

fn seen(received: &[&[u8]]) -> Seen {
    Seen { records: received.iter().map(|bytes| Record::with(bytes)).collect(), ..Seen::default() }
}

/// The checks that were made, and which of them failed.
fn looked_at(
    seen: &Seen,
    deliveries: &[Option<Delivery>],
    closed: Option<bool>,
) -> (Vec<String>, Vec<String>) {
    let mut checks = Checks::default();
    check(seen, deliveries, closed, &Canaries::new([]), &mut checks);
    let short = |name: &str| name.trim_start_matches("global/").to_owned();
    let made = checks.made.iter().map(|check| short(&check.name)).collect();
    let failed = checks.made.iter().filter(|check| !check.passed);
    (made, failed.map(|check| short(&check.name)).collect())
}

#[test]
fn each_invariant_is_broken_by_what_breaks_it_and_by_nothing_else() {
    let twice = [REQUEST, REQUEST].concat();
    let half = [REQUEST, b"POST / HTTP/1.1\r\n"].concat();
    let told = |text: &str| Seen { said: vec!["x".to_owned(), text.to_owned()], ..seen(&[]) };
    type Row<'a> = (Seen, &'a [Option<Delivery>], Option<bool>, &'a str, &'a str);
    let rows: [Row; 17] = [
        (seen(&[REQUEST]), &[None], Some(true), "G1 G4 G7 G8", ""),
        (seen(&[&twice]), &[None], None, "G1 G4 G7", "G1"),
        (seen(&[REQUEST, REQUEST]), &[None], None, "G1 G4 G7", "G1"),
        (seen(&[REQUEST, REQUEST]), &[None, None], None, "G1 G4 G7", ""),
        // The second is not whole.
        (seen(&[&half]), &[None], None, "G1 G4 G7", ""),
        (seen(&[]), &[Some(NotSent)], None, "G1 G2 G4 G7", ""),
        (seen(&[b""]), &[Some(NotSent)], None, "G1 G2 G4 G7", ""),
        (seen(&[b"", b"P"]), &[Some(NotSent)], None, "G1 G2 G4 G7", "G2"),
        (seen(&[b"P"]), &[Some(NotSent), Some(NotSent)], None, "G1 G2 G4 G7", "G2"),
        (seen(&[b"P"]), &[Some(NotSent), None], None, "G1 G4 G7", ""),
        (seen(&[b"P"]), &[], None, "G1 G4 G7", ""),
        (seen(&[b"P"]), &[Some(MaybeSent)], None, "G1 G3 G4 G7", ""),
        (seen(&[]), &[Some(MaybeSent)], None, "G1 G3 G4 G7", "G3"),
        (seen(&[]), &[Some(MaybeSent), Some(NotSent)], None, "G1 G4 G7", ""),
        (told(canary::TOKEN), &[None], None, "G1 G4 G7", "G4"),
        (Seen { tripped: 1, ..seen(&[]) }, &[None], None, "G1 G4 G7", "G7"),
        (seen(&[]), &[None], Some(false), "G1 G4 G7 G8", "G8"),
    ];
    for (number, (seen, deliveries, closed, made, failed)) in rows.iter().enumerate() {
        let looked_at = looked_at(seen, deliveries, *closed);
        assert_eq!(
            (looked_at.0.join(" "), looked_at.1.join(" ")),
            ((*made).into(), (*failed).into()),
            "{number}"
        );
    }
}

#[test]
fn that_no_connection_was_made_is_the_one_that_only_should_hold() {
    let mut checks = Checks::default();
    check(&seen(&[]), &[Some(MaybeSent)], Some(false), &Canaries::new([]), &mut checks);
    let should = checks.made.iter().filter(|check| check.level != Level::Must);
    let should: Vec<_> = should.map(|check| (check.name.as_str(), check.level)).collect();
    assert_eq!(should, [("global/G3", Level::Should)]);
}

#[test]
fn not_sent_is_true_only_while_no_byte_came_since_the_send_began() {
    for (said, before, after, expected) in [
        (Some(NotSent), 5, 5, vec![true]),
        (Some(NotSent), 5, 6, vec![false]),
        (Some(NotSent), 0, 5, vec![false]),
        (Some(MaybeSent), 5, 6, vec![]),
        (None, 5, 6, vec![]),
    ] {
        let mut checks = Checks::default();
        delivery(said, before, after, &mut checks);
        let passed: Vec<bool> = checks.made.iter().map(|check| check.passed).collect();
        assert_eq!(passed, expected, "{said:?} {before} {after}");
    }
}

#[test]
fn what_an_error_says_is_its_text_and_debug_and_those_of_all_its_causes() {
    #[derive(Debug)]
    struct Outer(TransportError);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("outer")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let inner = TransportError::new(TransportErrorKind::Tls, NotSent).with_source("innermost");
    let text = inner.to_string();
    let texts = said(&Outer(inner));
    assert_eq!(texts.len(), 9);
    assert_eq!([&texts[0], &texts[3], &texts[6]], ["outer", &text, "innermost"]);
    assert!(texts[1].starts_with("Outer(") && texts[2].starts_with("Outer(\n"), "{texts:?}");
    assert_eq!(texts[7], "\"innermost\"");
}
