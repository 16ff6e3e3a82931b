//! The members of an error body that count, found in whatever was sent.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What an error body says. Members are found even when the JSON breaks off or breaks behind them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<String>,
    pub(crate) type_name: Option<String>,
    pub(crate) message: Option<String>,
}

impl ErrorBody {
    /// Reads any bytes. Values of other members are skipped without recursion, however deep.
    pub(crate) fn parse(body: &[u8]) -> Self {
        let mut found = Self::default();
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}');
        // An error says only that nothing more can be read: what was found before it counts.
        let _ = serde_json::Deserializer::from_str(text).deserialize_map(Members(&mut found));
        found
    }
}

struct Members<'a>(&'a mut ErrorBody);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            let value: &RawValue = members.next_value()?;
            let place = match name.as_str() {
                "code" => &mut self.0.code,
                "__type" => &mut self.0.type_name,
                "message" | "Message" | "errorMessage" => &mut self.0.message,
                _ => continue,
            };
            if let Some(text) = string(value) {
                *place = Some(text);
            }
        }
        Ok(())
    }
}

/// The text of a JSON string, `None` for any other value. Read as bytes, since serde_json refuses a
/// lone surrogate in text.
fn string(value: &RawValue) -> Option<String> {
    if !value.get().starts_with('"') {
        return None;
    }
    serde_json::Deserializer::from_str(value.get()).deserialize_bytes(Text).ok()
}

struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(body: &[u8]) -> (Option<String>, Option<String>, Option<String>) {
        let ErrorBody { code, type_name, message } = ErrorBody::parse(body);
        (code, type_name, message)
    }

    #[test]
    fn only_string_members_of_the_outermost_object_count() {
        let some = |text: &str| Some(text.to_owned());
        for (body, expected) in [
            (r#"{"__type":"A","Message":"m"}"#, (None, some("A"), some("m"))),
            (
                r#"{"code":"A","__type":"B","errorMessage":"é\u00e9\n"}"#,
                (some("A"), some("B"), some("éé\n")),
            ),
            (r#"{"a":{"__type":"X"},"b":[{"code":"Y"}],"__type":"A"}"#, (None, some("A"), None)),
            (r#"{"code":7,"__type":null,"message":{"message":"m"}}"#, (None, None, None)),
            (r#"{"__type":"A","__type":"B"}"#, (None, some("B"), None)),
            (r#"{"message":"\ud800x"}"#, (None, None, some("\u{fffd}\u{fffd}\u{fffd}x"))),
            (r#"{"__type":"A"} trailing"#, (None, some("A"), None)),
            (r#"{"__type":"A","message":"cut of"#, (None, some("A"), None)),
            ("\u{feff}{\"__type\":\"A\"}", (None, some("A"), None)),
            ("", (None, None, None)),
            ("null", (None, None, None)),
            (r#"["__type","A"]"#, (None, None, None)),
            (r#""__type""#, (None, None, None)),
            ("<html>503</html>", (None, None, None)),
        ] {
            assert_eq!(members(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn depth_costs_neither_the_stack_nor_the_members_around_it() {
        let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        let body = format!(r#"{{"a":{deep},"__type":"A","message":{deep}}}"#);
        assert_eq!(members(body.as_bytes()), (None, Some("A".to_owned()), None));
    }

    #[test]
    fn bytes_that_are_not_utf_8_cost_only_themselves() {
        let body = b"{\"__type\":\"A\",\"message\":\"\xff\"}";
        assert_eq!(members(body), (None, Some("A".to_owned()), Some("\u{fffd}".to_owned())));
    }
}
