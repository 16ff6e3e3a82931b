//! Parts of a document that several reports show.

use super::super::samples::sample;
use super::*;

#[test]
fn a_time_is_told_to_the_second() {
    assert_eq!(stamp(OffsetDateTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
    let later = OffsetDateTime::from_unix_timestamp(1_700_000_009).unwrap();
    assert_eq!(stamp(later), "2023-11-14T22:13:29Z");
}

#[test]
fn counts_are_told_worst_first_and_none_that_is_nought() {
    let document = sample(false);
    let mine = |name: &str| {
        let rows = document.results.iter().filter(|row| row.variant == name);
        Counts::of(rows).named()
    };
    let one = |word| (word, 1);
    let (fail, warn, known) = (one(Word::Fail), one(Word::Warn), one(Word::Known));
    assert_eq!(
        mine("default"),
        [fail, warn, known, (Word::Pass, 2), one(Word::Skip), one(Word::Na)]
    );
    assert_eq!(mine("other"), [one(Word::Error)]);
}
