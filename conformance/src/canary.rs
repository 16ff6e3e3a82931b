//! Secrets that are planted in each request, and must come up nowhere else.

use kendra_sync_core::Credentials;

pub(crate) const ACCESS_KEY_ID: &str = "AKIACANARYCANARYKEY2";
pub(crate) const SECRET: &str = "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";
pub(crate) const TOKEN: &str = "Jt5VnQ8zWc2KyRb7MhLx4PgSd9FuEa1ToXi6ZvGk3YwBqNrCmHpUjDlOsI0f";

/// The credentials that requests are signed with.
pub(crate) fn credentials() -> Credentials {
    #[expect(clippy::expect_used, reason = "both are visible ASCII")]
    Credentials::new(ACCESS_KEY_ID, SECRET, Some(TOKEN.to_owned())).expect("a valid key")
}

/// The canaries of a scenario: secret and token, and the signatures made with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Canaries(Vec<String>);

impl Canaries {
    pub(crate) fn new(signatures: impl IntoIterator<Item = String>) -> Self {
        let planted = [SECRET, TOKEN].map(str::to_owned);
        Self(planted.into_iter().chain(signatures).collect())
    }

    /// The first stretch of eight or more characters of a canary in `text`, white space dropped.
    pub(crate) fn found(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        text.retain(|c| !c.is_whitespace());
        let windows = self.0.iter().flat_map(|canary| canary.as_bytes().windows(WINDOW));
        windows
            .filter_map(|window| std::str::from_utf8(window).ok())
            .find(|window| text.contains(window))
            .map(str::to_owned)
    }

    /// `bytes` with every whole canary, or stretch of one, as `▒` of the same length.
    pub(crate) fn masked(&self, bytes: &[u8]) -> String {
        let mut hidden = vec![false; bytes.len()];
        for canary in &self.0 {
            let known: std::collections::HashSet<&[u8]> =
                canary.as_bytes().windows(WINDOW).collect();
            for (start, window) in bytes.windows(WINDOW).enumerate() {
                if known.contains(window)
                    && let Some(stretch) = hidden.get_mut(start..start + WINDOW)
                {
                    stretch.fill(true);
                }
            }
        }
        let shown = bytes.iter().zip(hidden).map(|(&byte, hidden)| match byte {
            _ if hidden => "▒".to_owned(),
            b'\n' => "\\n\n".to_owned(),
            b'\r' => "\\r".to_owned(),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        });
        shown.collect()
    }
}

const WINDOW: usize = 8;

/// No canary is longer: a signature is 64 characters.
pub(crate) const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canaries_are_found_and_masked_in_part_and_across_lines() {
        let canaries = Canaries::default();
        assert_eq!(canaries.found(SECRET), None);
        let canaries = Canaries::new([]);
        assert_eq!(canaries.found("nothing of the kind"), None);
        assert_eq!(
            canaries.found(&format!("x {}\n{} y", &SECRET[..4], &SECRET[4..9])).as_deref(),
            Some(&SECRET[..8])
        );
        assert_eq!(
            canaries.masked(format!("a {}\n", &TOKEN[3..12]).as_bytes()),
            "a ▒▒▒▒▒▒▒▒▒\\n\n"
        );
        assert_eq!(canaries.masked(&TOKEN.as_bytes()[..7]), &TOKEN[..7]);
    }
}
