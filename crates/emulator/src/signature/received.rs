use std::fmt;

/// A request as it came over the wire: bytes, none of them interpreted yet.
///
/// `Debug` shows the method and sizes, as headers hold what is secret.
#[derive(Clone)]
pub struct ReceivedRequest<'a> {
    method: &'a [u8],
    target: &'a [u8],
    headers: Vec<(&'a [u8], &'a [u8])>,
    body: &'a [u8],
}

impl<'a> ReceivedRequest<'a> {
    /// Begins a request without headers. `target` is the path and the query, undecoded.
    pub fn new<M, T, B>(method: &'a M, target: &'a T, body: &'a B) -> Self
    where
        M: AsRef<[u8]> + ?Sized,
        T: AsRef<[u8]> + ?Sized,
        B: AsRef<[u8]> + ?Sized,
    {
        Self {
            method: method.as_ref(),
            target: target.as_ref(),
            headers: Vec::new(),
            body: body.as_ref(),
        }
    }

    /// Adds a header after those already there; the name may be in any case.
    #[must_use]
    pub fn header<N, V>(mut self, name: &'a N, value: &'a V) -> Self
    where
        N: AsRef<[u8]> + ?Sized,
        V: AsRef<[u8]> + ?Sized,
    {
        self.headers.push((name.as_ref(), value.as_ref()));
        self
    }

    pub(crate) fn method(&self) -> &'a [u8] {
        self.method
    }

    pub(crate) fn target(&self) -> &'a [u8] {
        self.target
    }

    pub(crate) fn body(&self) -> &'a [u8] {
        self.body
    }

    pub(crate) fn header_names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.headers.iter().map(|(name, _)| *name)
    }

    /// The values of a header in the order received, without the white space around them.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(candidate, _)| candidate.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| trim(value))
    }

    /// The value of a header that is there exactly once.
    pub(crate) fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut values = self.values(name);
        values.next().filter(|_| values.next().is_none())
    }
}

impl fmt::Debug for ReceivedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRequest")
            .field("method", &self.method.escape_ascii().to_string())
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Takes off the optional white space of RFC 9110, section 5.6.3: spaces and tabs.
fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_header_and_no_body() {
        let request = ReceivedRequest::new("POST", "/path", "body")
            .header("authorization", "AWS4-HMAC-SHA256 Signature=5da7c1a2");
        assert_eq!(
            format!("{request:?}"),
            r#"ReceivedRequest { method: "POST", headers: 1, body: 4, .. }"#
        );
    }

    #[test]
    fn a_header_is_found_in_any_case_and_trimmed() {
        let request =
            ReceivedRequest::new("GET", "/", "").header("X-One", " \ta  b\t ").header("x-ONE", "");
        assert_eq!(request.values("x-one").collect::<Vec<_>>(), [b"a  b".as_slice(), b""]);
        assert_eq!(request.only("x-one"), None);
        assert_eq!(request.only("x-two"), None);
    }
}
