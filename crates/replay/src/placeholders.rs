//! Stands something stable in for account ids, index ids and what a caller names.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Which values have placeholders, and which ones they have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placeholders {
    accounts: Option<Vec<[u8; ACCOUNT]>>,
    indexes: bool,
    named: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Placeholders {
    pub(crate) fn for_accounts(&mut self) {
        self.accounts.get_or_insert_default();
    }

    pub(crate) fn for_indexes(&mut self) {
        self.indexes = true;
    }

    pub(crate) fn name(&mut self, value: &[u8], placeholder: &[u8]) {
        if !value.is_empty() {
            self.named.push((value.to_vec(), placeholder.to_vec()));
        }
    }

    pub(crate) fn are_none(&self) -> bool {
        self.accounts.is_none() && !self.indexes && self.named.is_empty()
    }

    /// Learns which values of `text` are ids: where an ARN or an `IndexId` has them.
    pub(crate) fn learn(&mut self, text: &[u8]) {
        if let Some(accounts) = &mut self.accounts {
            for arn in after(text, b"arn:aws") {
                let account =
                    arn.split(|&byte| byte == b':').nth(3).and_then(|part| part.first_chunk());
                let account = account
                    .filter(|id| id.iter().all(u8::is_ascii_digit) && !id.starts_with(STAND_IN));
                if let Some(account) = account
                    && !accounts.contains(account)
                {
                    accounts.push(*account);
                }
            }
        }
        if !self.indexes {
            return;
        }
        let members: Option<Value> = serde_json::from_slice(text).ok();
        let member = members.as_ref().and_then(|members| members.get("IndexId")?.as_str());
        let in_arns = after(text, b":index/").filter_map(<[u8]>::first_chunk);
        for id in in_arns.chain(member.and_then(|id| id.as_bytes().first_chunk())) {
            let known = self.named.iter().any(|(value, _)| value == id);
            if is_index(id) && !known && !id.starts_with(STAND_IN) {
                self.named.push((id.to_vec(), stand_in(id).into_bytes()));
            }
        }
    }

    /// `text` with placeholders.
    pub(crate) fn put(&self, text: &[u8]) -> Vec<u8> {
        let mut text = text.to_vec();
        for (value, placeholder) in &self.named {
            text = replaced(&text, value, placeholder);
        }
        for (number, account) in (1..).zip(self.accounts.iter().flatten()) {
            text = replaced(&text, account, format!("{number:0ACCOUNT$}").as_bytes());
        }
        text
    }
}

/// What follows each place of `text` at which `start` stands.
fn after<'t>(text: &'t [u8], start: &'static [u8]) -> impl Iterator<Item = &'t [u8]> {
    let places = text.windows(start.len()).enumerate().filter(move |(_, window)| *window == start);
    places.filter_map(move |(at, _)| text.get(at + start.len()..))
}

fn replaced(text: &[u8], value: &[u8], placeholder: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        match rest.strip_prefix(value) {
            Some(after) => {
                replaced.extend_from_slice(placeholder);
                rest = after;
            }
            None => {
                replaced.push(*first);
                rest = after;
            }
        }
    }
    replaced
}

fn is_index(id: &[u8; INDEX]) -> bool {
    id.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The same for the same id, in any order and any process: 64 bits of a hash tell nothing of an id
/// that has 122 random ones.
fn stand_in(id: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(id));
    let (a, b) = (hash.get(..4).unwrap_or_default(), hash.get(4..16).unwrap_or_default());
    format!("00000000-0000-0000-{a}-{b}")
}

/// What placeholders of both kinds begin with: they are left alone.
const STAND_IN: &[u8] = b"00000000";

/// The length of an account id, and of an index's.
const ACCOUNT: usize = 12;
const INDEX: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    fn put(placeholders: &mut Placeholders, text: &str) -> String {
        placeholders.learn(text.as_bytes());
        String::from_utf8(placeholders.put(text.as_bytes())).unwrap()
    }

    #[test]
    fn accounts_are_numbered_and_known_wherever_they_stand() {
        let mut placeholders = Placeholders::default();
        placeholders.for_accounts();
        assert_eq!(
            put(
                &mut placeholders,
                "arn:aws:iam::210987654321:user/a, arn:aws-cn:kendra:cn-north-1:123456789012:index/x, 210987654321 111122223333"
            ),
            "arn:aws:iam::000000000001:user/a, arn:aws-cn:kendra:cn-north-1:000000000002:index/x, 000000000001 111122223333"
        );
        let again = "arn:aws:iam::000000000001:user/a of 123456789012";
        assert_eq!(
            put(&mut placeholders, again),
            "arn:aws:iam::000000000001:user/a of 000000000002"
        );
    }

    #[test]
    fn an_index_has_the_same_placeholder_in_any_order() {
        let ids = ["0a1b2c3d-4e5f-6789-abcd-ef0123456789", "1b2c3d4e-5f60-789a-bcde-f0123456789a"];
        let body = |id: &str| format!("{{\"IndexId\":\"{id}\"}}");
        let run = |order: [usize; 2]| {
            let mut placeholders = Placeholders::default();
            placeholders.for_indexes();
            order.map(|at| put(&mut placeholders, &body(ids[at])))
        };
        let [first, second] = run([0, 1]);
        assert_eq!(run([1, 0]), [second.clone(), first.clone()]);
        assert_ne!(first, second);
        assert!(first.starts_with("{\"IndexId\":\"00000000-0000-0000-"), "{first}");
        assert_eq!(first.len(), body(ids[0]).len());
        let mut placeholders = Placeholders::default();
        placeholders.for_indexes();
        assert_eq!(put(&mut placeholders, &first), first);
    }

    #[test]
    fn named_values_have_the_placeholders_they_were_given() {
        let mut placeholders = Placeholders::default();
        placeholders.name(b"wiki", b"a-source");
        assert_eq!(put(&mut placeholders, "wiki/wiki"), "a-source/a-source");
    }
}
