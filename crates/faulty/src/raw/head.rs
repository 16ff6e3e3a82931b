//! The head of an answer: status line and fields.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kendra_sync_core::TransportError;
use kendra_sync_core::transport::MAX_HEAD;

use super::Defect;
use super::wire::{Wire, invalid};

#[derive(Debug)]
pub(super) struct Head {
    /// Of HTTP/1.
    pub(super) minor: u8,
    pub(super) status: StatusCode,
    pub(super) fields: HeaderMap,
}

impl Head {
    /// Reads the head of the final answer.
    pub(super) async fn read(wire: &mut Wire<'_>) -> Result<Self, TransportError> {
        let mut merged = HeaderMap::new();
        loop {
            let mut head = Self::next(wire).await?;
            let interim = head.status.is_informational();
            let last = head.status == StatusCode::SWITCHING_PROTOCOLS
                && wire.defect != Defect::WaitsAfter101;
            if !interim || last || wire.defect == Defect::InterimIsFinal {
                head.fields.extend(merged);
                return Ok(head);
            }
            if wire.defect == Defect::InterimMerged {
                merged.extend(head.fields);
            }
        }
    }

    async fn next(wire: &mut Wire<'_>) -> Result<Self, TransportError> {
        let mut limit = match wire.defect {
            Defect::LargeHead => 1 << 20,
            Defect::UnboundedHead => usize::MAX,
            _ => MAX_HEAD,
        };
        // What cannot become a status line is refused before its end comes.
        while wire.unread.len() < PREFIX.len() {
            if !PREFIX.starts_with(wire.unread) {
                return Err(invalid("no status line"));
            }
            wire.must_have_more().await?;
        }
        if !wire.unread.starts_with(PREFIX) {
            return Err(invalid("no status line"));
        }
        let line = wire.line(&mut limit).await?;
        let parsed = status_line(&line, wire.defect);
        let (minor, status) = match parsed {
            None if wire.defect == Defect::UnwrapsParse => panic_of_defect(),
            parsed => parsed.ok_or_else(|| invalid("no status line"))?,
        };
        let fields = fields(wire, &mut limit).await?;
        Ok(Self { minor, status, fields })
    }

    /// The values of a field as lists, in lower case.
    pub(super) fn list(&self, name: HeaderName) -> Vec<String> {
        let values = self.fields.get_all(name).into_iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase());
        values.flat_map(|v| v.split(',').map(|i| i.trim().to_owned()).collect::<Vec<_>>()).collect()
    }
}

/// Reads fields up to the empty line.
pub(super) async fn fields(
    wire: &mut Wire<'_>,
    limit: &mut usize,
) -> Result<HeaderMap, TransportError> {
    let mut fields = HeaderMap::new();
    loop {
        let line = wire.line(limit).await?;
        if line.is_empty() {
            return Ok(fields);
        }
        let line = match wire.defect {
            Defect::FoldIsField => line.trim_ascii_start(),
            _ => line.as_slice(),
        };
        let (name, value) = field(line).ok_or_else(|| invalid("no field"))?;
        let full = wire.defect == Defect::SixtyFourFields && fields.len() == 64;
        if full || fields.try_append(name, value).is_err() {
            return Err(invalid("too many fields"));
        }
    }
}

fn field(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|&b| b == b':')?;
    let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value.trim_ascii()).ok()?))
}

/// `HTTP/1.x 200 reason`, the reason and its space being optional.
fn status_line(line: &[u8], defect: Defect) -> Option<(u8, StatusCode)> {
    let rest = line.strip_prefix(PREFIX)?;
    let (minor @ (b'0' | b'1'), rest) = rest.split_first()? else { return None };
    let rest = rest.strip_prefix(b" ")?;
    let (digits, reason) = rest.split_at_checked(3)?;
    let status = StatusCode::from_bytes(digits).ok()?;
    let text = |b: &u8| *b == b'\t' || (*b >= b' ' && *b != 0x7f);
    let legal = reason.is_empty() || (reason.starts_with(b" ") && reason.iter().all(text));
    let demanded = defect != Defect::ReasonDemanded || reason.len() > 1;
    (legal && demanded).then_some((minor - b'0', status))
}

#[expect(clippy::panic, reason = "it is the defect")]
fn panic_of_defect() -> ! {
    panic!("called `Option::unwrap()` on the status line")
}

const PREFIX: &[u8] = b"HTTP/1.";
