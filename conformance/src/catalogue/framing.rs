//! The group `framing`: where a body ends.

use super::handed_up::{fields, kept, should_be_taken, should_fail, twice};
use crate::scenario::Scenario;

mod chunked;
mod length;
mod other;

pub(crate) fn rows() -> Vec<Scenario> {
    let rows = [
        chunked::dribble(),
        chunked::trailers(),
        other::close_delimited(),
        other::te_and_cl(),
        length::duplicate(),
        length::invalid(),
        length::huge(),
        length::short(),
        chunked::unterminated(),
        chunked::bad_size(),
        other::no_body(),
        other::verbatim(),
    ];
    rows.into()
}
