//! A connection as it is kept: what happened when, and the bytes both ways, with secrets masked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::canary::{self, Canaries};
use crate::server::{Event, Record, What};

/// A connection of a case.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Connection {
    /// The case's name, if it has one.
    pub(crate) case: String,
    /// The first server of the case or the second.
    pub(crate) server: u8,
    /// Since the case began, as all times here.
    pub(crate) accepted_ms: f64,
    pub(crate) timeline: Vec<Moment>,
    /// From the client.
    pub(crate) received: Side,
    /// From the server. What is written again and again is in it once.
    pub(crate) sent: Side,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Moment {
    pub(crate) at_ms: f64,
    pub(crate) what: Kind,
    /// How many bytes it is about, if it is about bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<usize>,
    /// In words, or the bytes as text; long ones are cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The server ends its side.
    Closes,
    /// The server has written the same again and again.
    Flooded,
    /// The client ends its side, or resets.
    Left,
    Note,
    Received,
    /// The server resets.
    Reset,
    Secured,
    Sent,
    /// What TLS says by itself.
    Tls,
}

/// What went one way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Side {
    /// The first of them, masked ones as [`MASK`].
    #[serde(with = "base64_text")]
    pub(crate) bytes: Vec<u8>,
    /// Which are masked: stretches, by start and length.
    pub(crate) masked: Vec<(usize, usize)>,
    /// How many there were.
    pub(crate) length: usize,
}

impl Connection {
    /// Keeps what `record` has, without what `canaries` finds in it.
    pub(crate) fn new(case: &str, server: u8, record: &Record, canaries: &Canaries) -> Self {
        let (received, sent) = (record.received(), record.sent());
        let (mut from_client, mut from_server) =
            (Direction::new(&received, canaries), Direction::new(&sent, canaries));
        let timeline = record.events.iter().map(|Event { at, what }| {
            let (what, bytes, text) = match what {
                What::Received(bytes) => {
                    (Kind::Received, Some(bytes.len()), from_client.next(bytes))
                }
                What::Sent(bytes) => (Kind::Sent, Some(bytes.len()), from_server.next(bytes)),
                What::Tls(bytes) => {
                    let length = bytes.len();
                    (Kind::Tls, Some(length), format!("client: {length} bytes of TLS"))
                }
                What::Flooded(bytes) => {
                    (Kind::Flooded, Some(*bytes), format!("server: wrote {bytes} bytes of that"))
                }
                What::Secured => (Kind::Secured, None, "TLS from here on".to_owned()),
                What::Note(note) => (Kind::Note, None, canaries.kept(note)),
                What::Closes(how) => (Kind::Closes, None, (*how).to_owned()),
                What::Left(how) => (Kind::Left, None, (*how).to_owned()),
                What::Reset => (Kind::Reset, None, "server: resets".to_owned()),
            };
            Moment { at_ms: milliseconds(*at), what, bytes, text: Some(text) }
        });
        Self {
            case: case.to_owned(),
            server,
            accepted_ms: milliseconds(record.accepted),
            timeline: timeline.collect(),
            received: Side::new(&received, canaries),
            sent: Side::new(&sent, canaries),
        }
    }

    /// The timeline, a line each, with arrows.
    pub(crate) fn shown(&self, number: usize) -> String {
        let mut lines = format!("connection {number}\n");
        for Moment { at_ms, what, text, .. } in &self.timeline {
            let arrow = what.arrow();
            for line in text.iter().flat_map(|text| text.lines()) {
                lines += &format!("  {at_ms:8.1} ms {arrow} {line}\n");
            }
        }
        lines
    }

    /// Who ended it first.
    pub(crate) fn closed_by(&self) -> Option<&'static str> {
        self.timeline.iter().find_map(|moment| match moment.what {
            Kind::Closes | Kind::Reset => Some("server"),
            Kind::Left => Some("client"),
            _ => None,
        })
    }

    /// How many bytes the server wrote, what it wrote again and again included.
    pub(crate) fn bytes_sent(&self) -> usize {
        let mut piece = 0;
        let mut all = 0;
        for moment in &self.timeline {
            let bytes = moment.bytes.unwrap_or_default();
            match moment.what {
                Kind::Sent => {
                    all += bytes;
                    piece = bytes;
                }
                Kind::Flooded => all = all - piece + bytes,
                _ => {}
            }
        }
        all
    }
}

impl Kind {
    pub(crate) fn arrow(self) -> &'static str {
        match self {
            Self::Received => ">",
            Self::Sent => "<",
            _ => "*",
        }
    }
}

impl Side {
    fn new(bytes: &[u8], canaries: &Canaries) -> Self {
        let start = start(bytes, MOST_KEPT);
        // A canary that is cut is found in whole.
        let hidden = canaries.hidden(self::start(bytes, MOST_KEPT + LONGEST));
        let mut side = Self { bytes: start.to_vec(), masked: Vec::new(), length: bytes.len() };
        for (at, byte) in side.bytes.iter_mut().enumerate() {
            if hidden.get(at) != Some(&true) {
                continue;
            }
            *byte = MASK;
            match side.masked.last_mut() {
                Some((start, length)) if *start + *length == at => *length += 1,
                _ => side.masked.push((at, 1)),
            }
        }
        side
    }
}

/// One direction of a connection as it is shown. Canaries are looked for in the whole, so that one which
/// came in pieces is found.
struct Direction {
    hidden: Vec<bool>,
    at: usize,
}

impl Direction {
    fn new(bytes: &[u8], canaries: &Canaries) -> Self {
        Self { hidden: canaries.hidden(start(bytes, MOST_SHOWN)), at: 0 }
    }

    /// What comes next, in evidence: it is for reading, so long transfers are cut.
    fn next(&mut self, bytes: &[u8]) -> String {
        let hidden = self.hidden.get(self.at..).unwrap_or_default();
        let length = bytes.len().min(hidden.len()).min(LONGEST);
        let (start, hidden) = (&bytes[..length], &hidden[..length]);
        let mut text = canary::shown(start, hidden);
        if length < bytes.len() {
            text += &format!("… ({} bytes)", bytes.len());
        }
        self.at += bytes.len();
        text
    }
}

fn start(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(..length).unwrap_or(bytes)
}

/// To a tenth of one.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(de::Error::custom)
    }
}

/// Stands for a masked byte where bytes are kept.
pub(crate) const MASK: u8 = b'*';

/// How much of a transfer is shown, in bytes, and how much of all in one direction.
const LONGEST: usize = 2000;
const MOST_SHOWN: usize = 64 * 1024;

/// How many bytes of a direction are kept.
pub(crate) const MOST_KEPT: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_hidden_in_pieces_and_at_the_cut_of_a_long_transfer() {
        let canaries = Canaries::new([]);
        for before in [0, LONGEST - 9, LONGEST - 5, LONGEST, MOST_SHOWN - 5, MOST_KEPT - 5] {
            let bytes = [&vec![b'x'; before][..], canary::TOKEN.as_bytes(), &[b'y'; 5000]].concat();
            let text = Direction::new(&bytes, &canaries).next(&bytes);
            assert!(text.ends_with(&format!("… ({} bytes)", bytes.len())), "{text}");
            assert!(!text.contains(&canary::TOKEN[..3]), "{text}");
            let side = Side::new(&bytes, &canaries);
            assert_eq!((side.length, side.bytes.len()), (bytes.len(), bytes.len().min(MOST_KEPT)));
            let length = canary::TOKEN.len().min(MOST_KEPT - before);
            assert_eq!(side.masked, [(before, length)]);
            assert_eq!(&side.bytes[before..before + length], vec![MASK; length]);
        }
        let mut mixed = Direction::new(format!("ab{}cd", canary::TOKEN).as_bytes(), &canaries);
        assert_eq!(mixed.next(b"ab"), "ab");
        assert_eq!(mixed.next(canary::TOKEN.as_bytes()), "▒".repeat(canary::TOKEN.len()));
        assert_eq!((mixed.next(b"c"), mixed.next(b"d")), ("c".to_owned(), "d".to_owned()));
        let mut pieces = Direction::new(canary::TOKEN.as_bytes(), &canaries);
        for piece in canary::TOKEN.as_bytes().chunks(4) {
            assert_eq!(pieces.next(piece), "▒▒▒▒");
        }
    }

    #[test]
    fn what_happened_is_counted_and_comes_back_from_json() {
        let at = Duration::from_micros(1_234);
        let events = [
            What::Received(b"POST / HTTP/1.1\r\n\r\n".to_vec()),
            What::Sent(b"HTTP/1.1 200 OK\r\n".to_vec()),
            What::Sent(b"a: b\r\n".to_vec()),
            What::Flooded(600),
            What::Left("client: reset"),
            What::Closes("server: closes"),
        ];
        let events = events.map(|what| Event { at, what }).to_vec();
        let record = Record { accepted: at, events };
        let connection = Connection::new("a case", 2, &record, &Canaries::new([]));
        assert_eq!((connection.bytes_sent(), connection.received.length), (617, 19));
        assert_eq!(connection.closed_by(), Some("client"));
        let lines = connection.shown(3);
        assert!(
            lines.starts_with("connection 3\n       1.2 ms > POST / HTTP/1.1\\r\\n\n"),
            "{lines}"
        );
        assert!(lines.contains("       1.2 ms < a: b\\r\\n\n       1.2 ms * server: wrote 600 "));
        let text = serde_json::to_string(&connection).unwrap();
        let again: Connection = serde_json::from_str(&text).unwrap();
        assert_eq!(again.shown(3), lines);
        assert_eq!((again.received, again.case.as_str()), (connection.received, "a case"));
    }

    #[test]
    fn who_ended_a_connection_is_who_was_first() {
        let (server, client) = (Some("server"), Some("client"));
        for (events, first) in [
            (vec![], None),
            (vec![What::Sent(vec![1])], None),
            (vec![What::Reset, What::Left("client: closed")], server),
            (vec![What::Closes("server: closes"), What::Left("client: closed")], server),
            (vec![What::Left("client: reset"), What::Reset], client),
        ] {
            let at = Duration::ZERO;
            let events = events.into_iter().map(|what| Event { at, what }).collect();
            let record = Record { accepted: at, events };
            let connection = Connection::new("", 1, &record, &Canaries::new([]));
            assert_eq!(connection.closed_by(), first);
        }
    }
}
