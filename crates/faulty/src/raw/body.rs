//! The body of an answer: where it ends, and its bytes.

use bytes::{Buf, Bytes};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, StatusCode};
use kendra_sync_core::TransportError;
use kendra_sync_core::transport::{BodyLimit, MAX_HEAD};

use super::Defect;
use super::head::{self, Head};
use super::wire::{Wire, failed, invalid};

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Chunked,
    Length(u64),
    UntilClose,
}

/// A body that was read.
pub(super) struct Read {
    pub(super) bytes: Bytes,
    pub(super) trailers: HeaderMap,
    /// There was no more of it than is taken.
    pub(super) whole: bool,
}

impl Framing {
    pub(super) fn of(head: &Head, defect: Defect) -> Result<Self, TransportError> {
        let without = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&head.status);
        let without = without && defect != Defect::WaitsForNoBody;
        if without || head.status.is_informational() {
            return Ok(Self::Length(0));
        }
        let coded = head.fields.contains_key(TRANSFER_ENCODING);
        let measured = head.fields.contains_key(CONTENT_LENGTH);
        if coded && !(measured && defect == Defect::LengthBeforeChunks) {
            return match head.list(TRANSFER_ENCODING).as_slice() {
                _ if measured => Err(invalid("a transfer coding and a length")),
                [coding] if coding == "chunked" => Ok(Self::Chunked),
                [coding] if coding.contains("chunked") && defect == Defect::AlmostChunked => {
                    Ok(Self::Chunked)
                }
                _ => Err(invalid("a transfer coding that is not known")),
            };
        }
        let mut lengths = head.list(CONTENT_LENGTH);
        if defect == Defect::LengthWithUnderscores {
            lengths.iter_mut().for_each(|length| *length = length.replace('_', ""));
        }
        match lengths.split_first() {
            None if defect == Defect::NoLengthIsEmpty => Ok(Self::Length(0)),
            None => Ok(Self::UntilClose),
            Some((first, others)) => {
                let same = others.iter().all(|length| length == first);
                let digits = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
                let length = first.parse().ok().filter(|_| digits);
                let length = match length {
                    None if defect == Defect::UnwrapsParse => panic_of_defect(),
                    length => length.ok_or_else(|| invalid("no length"))?,
                };
                if same || defect == Defect::FirstLength {
                    Ok(Self::Length(length))
                } else {
                    Err(invalid("lengths that differ"))
                }
            }
        }
    }
}

impl Wire<'_> {
    pub(super) async fn body(&mut self, framing: Framing) -> Result<Read, TransportError> {
        let mut taken = Taken::new(self.defect);
        let mut trailers = HeaderMap::new();
        let outcome = match framing {
            Framing::Chunked => self.chunks(&mut taken, &mut trailers).await,
            Framing::Length(length) => self.length(length, &mut taken).await,
            Framing::UntilClose => self.until_close(&mut taken).await,
        };
        match outcome {
            Err(_) if self.defect == Defect::ErrorIsEnd => {}
            outcome => outcome?,
        }
        Ok(Read { whole: !taken.full, bytes: taken.into_bytes(), trailers })
    }

    async fn length(&mut self, mut left: u64, taken: &mut Taken) -> Result<(), TransportError> {
        if self.defect == Defect::Preallocates {
            let length = usize::try_from(left).unwrap_or(usize::MAX);
            self.unread.reserve(length);
        }
        while left > 0 && !taken.full {
            if self.unread.is_empty() {
                self.must_have_more().await?;
            }
            let some = usize::try_from(left).unwrap_or(usize::MAX).min(self.unread.len());
            taken.take(&self.unread[..some]);
            self.unread.advance(some);
            left -= some as u64;
        }
        Ok(())
    }

    async fn until_close(&mut self, taken: &mut Taken) -> Result<(), TransportError> {
        loop {
            taken.take(self.unread);
            self.unread.clear();
            let more = self.more().await;
            let more = more.map_err(|error| {
                failed(kendra_sync_core::TransportErrorKind::Interrupted).with_source(error)
            })?;
            if !more || taken.full {
                return Ok(());
            }
        }
    }

    async fn chunks(
        &mut self,
        taken: &mut Taken,
        trailers: &mut HeaderMap,
    ) -> Result<(), TransportError> {
        if self.defect == Defect::ReadIsChunk {
            return self.one_read_one_chunk(taken).await;
        }
        loop {
            let line = match self.line(&mut MAX_HEAD.clone()).await {
                Err(_) if self.defect == Defect::UnterminatedIsEnd => return Ok(()),
                line => line?,
            };
            let size = match size(&line) {
                None if self.defect == Defect::BadSizeIsZero => 0,
                Some(size) if self.defect == Defect::ShortChunkSize => size & 0xffff,
                size => size.ok_or_else(|| invalid("no chunk size"))?,
            };
            if size == 0 {
                break;
            }
            match self.length(size, taken).await {
                Err(_) if self.defect == Defect::UnterminatedIsEnd => return Ok(()),
                outcome => outcome?,
            }
            if taken.full {
                return Ok(());
            }
            match self.expect(b"\r\n").await {
                Err(_) if self.defect == Defect::UnterminatedIsEnd => return Ok(()),
                outcome => outcome?,
            }
        }
        *trailers = head::fields(self, &mut MAX_HEAD.clone()).await?;
        Ok(())
    }

    /// The defect: each read is taken for one whole chunk.
    async fn one_read_one_chunk(&mut self, taken: &mut Taken) -> Result<(), TransportError> {
        loop {
            if self.unread.is_empty() {
                self.must_have_more().await?;
            }
            let read = std::mem::take(self.unread);
            let end = read.windows(2).position(|two| two == b"\r\n").unwrap_or(0);
            let size = size(&read[..end]).ok_or_else(|| invalid("no chunk size"))?;
            if size == 0 {
                return Ok(());
            }
            let data = read.get(end + 2..read.len().saturating_sub(2));
            taken.take(data.unwrap_or_default());
        }
    }
}

/// The size of a chunk; extensions are dropped.
fn size(line: &[u8]) -> Option<u64> {
    let size = line.split(|&b| b == b';').next()?.trim_ascii_end();
    let hexadecimal = !size.is_empty() && size.iter().all(u8::is_ascii_hexdigit);
    let size = std::str::from_utf8(size).ok().filter(|_| hexadecimal)?;
    u64::from_str_radix(size, 16).ok()
}

/// As much of a body as is handed up.
struct Taken {
    bounded: BodyLimit,
    /// The defect's: all there is.
    unbounded: Option<Vec<u8>>,
    full: bool,
}

impl Taken {
    fn new(defect: Defect) -> Self {
        let unbounded = (defect == Defect::NoBodyLimit).then(Vec::new);
        Self { bounded: BodyLimit::new(), unbounded, full: false }
    }

    fn take(&mut self, bytes: &[u8]) {
        match &mut self.unbounded {
            Some(all) => all.extend_from_slice(bytes),
            None => self.full |= self.bounded.take(bytes).is_break(),
        }
    }

    fn into_bytes(self) -> Bytes {
        self.unbounded.map_or_else(|| self.bounded.into_bytes(), Bytes::from)
    }
}

#[expect(clippy::panic, reason = "it is the defect")]
fn panic_of_defect() -> ! {
    panic!("called `Option::unwrap()` on the length")
}
