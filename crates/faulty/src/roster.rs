//! Every faulty transport, and the controls.

use crate::faulty::Faulty;
use crate::{parsers, raw, subtle, tapes, tls, wrapped};

/// In the order of their ids.
pub(crate) fn roster() -> Vec<Faulty> {
    let groups =
        [wrapped::rows(), raw::rows(), tls::rows(), parsers::rows(), tapes::rows(), subtle::rows()];
    let mut all: Vec<Faulty> = groups.into_iter().flatten().collect();
    all.sort_by_key(|faulty| order(faulty.id));
    all
}

/// Controls first, then by letter and number.
fn order(id: &str) -> (bool, &str, u32, &str) {
    let digits = |c: char| c.is_ascii_digit();
    let start = id.find(digits).unwrap_or(id.len());
    let (letters, rest) = id.split_at(start);
    let end = rest.find(|c| !digits(c)).unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let number = number.parse().unwrap_or(0);
    (number != 0, letters, number, suffix)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_has_an_id_of_its_own_and_a_scenario_that_names_it() {
        let all = roster();
        let ids: BTreeSet<&str> = all.iter().map(|faulty| faulty.id).collect();
        assert_eq!(ids.len(), all.len());
        for faulty in &all {
            let control = faulty.id.ends_with("00");
            assert_eq!(faulty.caught_by.is_empty(), control, "{}", faulty.id);
        }
    }

    #[test]
    fn ids_are_in_the_order_of_their_numbers() {
        let mut ids = ["S10", "C2", "S9b", "S00", "S9a", "R00"];
        ids.sort_by_key(|id| order(id));
        assert_eq!(ids, ["R00", "S00", "C2", "S9a", "S9b", "S10"]);
    }
}
