//! One request and its answer on a connection.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONNECTION;
use http::{Request, Response, StatusCode};
use kendra_sync_core::TransportError;
use kendra_sync_core::TransportErrorKind::{Interrupted, Timeout};
use tokio::io::AsyncWriteExt;

use super::body::{Framing, Read};
use super::connect::{Connection, unsent};
use super::head::Head;
use super::wire::{Wire, failed};
use super::{Defect, Raw, request};

impl Connection {
    /// The answer, and whether the connection may be used again.
    pub(super) async fn exchange(
        &mut self,
        raw: &Raw,
        request: &Request<Bytes>,
        limit: Duration,
    ) -> Result<(Response<Bytes>, bool), TransportError> {
        let defect = raw.defect;
        let bytes = request::written(request, defect);
        let (response, reusable) = {
            let (mut reader, mut writer) = tokio::io::split(&mut self.stream);
            let mut wire = Wire::new(raw, limit, &mut reader, &mut self.unread);
            let writing = async {
                if defect == Defect::GivesUpOnEarlyAnswer {
                    // Slowly enough for an early answer to be early.
                    for piece in bytes.chunks(16 * 1024) {
                        writer.write_all(piece).await?;
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                } else {
                    writer.write_all(&bytes).await?;
                }
                writer.flush().await
            };
            let answering = answer(&mut wire);
            tokio::pin!(writing, answering);
            let mut written = false;
            // An answer may come before all is written.
            loop {
                tokio::select! {
                    biased;
                    result = &mut writing, if !written => {
                        written = true;
                        if let Err(error) = result
                            && defect == Defect::WriteErrorIsNotSent
                        {
                            return Err(unsent(Interrupted).with_source(error));
                        }
                    }
                    answer = &mut answering => {
                        if !written && defect == Defect::GivesUpOnEarlyAnswer {
                            return Err(failed(Interrupted).with_source("could not write"));
                        }
                        if !written && answer.is_err() && defect == Defect::WriteErrorIsNotSent {
                            return Err(unsent(Interrupted));
                        }
                        let (response, kept) = answer?;
                        break (response, kept && written);
                    }
                }
            }
        };
        self.used += 1;
        let clean = self.unread.is_empty() || defect == Defect::KeepsExtraBytes;
        Ok((response, reusable && clean))
    }
}

/// Reads one; and whether something may come after it.
pub(super) async fn answer(wire: &mut Wire<'_>) -> Result<(Response<Bytes>, bool), TransportError> {
    let limit = match wire.defect {
        Defect::LimitAnewForBody | Defect::LimitForHeadOnly => wire.limit,
        _ => Duration::MAX,
    };
    let head = tokio::time::timeout(limit, Head::read(wire)).await;
    let mut head = match head.unwrap_or_else(|_elapsed| Err(failed(Timeout))) {
        Err(error) if wire.defect == Defect::PartialHeadIsEmpty && error.kind() == Interrupted => {
            return Ok((Response::new(Bytes::new()), false));
        }
        head => head?,
    };
    let framing = Framing::of(&head, wire.defect)?;
    wire.in_body = true;
    let _one = match wire.defect {
        Defect::OneBodyAtATime => Some(wire.one_at_a_time.lock().await),
        _ => None,
    };
    let limit = match wire.defect {
        Defect::LimitAnewForBody => wire.limit,
        _ => Duration::MAX,
    };
    let read = tokio::time::timeout(limit, wire.body(framing)).await;
    let Read { bytes, trailers, whole } = read.unwrap_or_else(|_elapsed| Err(failed(Timeout)))?;
    if wire.defect == Defect::DemandsCloseNotify
        && let Ok(Err(error)) = tokio::time::timeout(SOON, wire.more()).await
    {
        return Err(failed(Interrupted).with_source(error));
    }
    if wire.defect == Defect::TrailersMerged {
        head.fields.extend(trailers);
    }
    let closes = head.list(CONNECTION).iter().any(|option| option == "close");
    let persistent = head.minor == 1 && head.status != StatusCode::SWITCHING_PROTOCOLS;
    let kept = persistent
        && whole
        && framing != Framing::UntilClose
        && (!closes || wire.defect == Defect::ReusesClosing);
    let mut response = Response::new(bytes);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.fields;
    Ok((response, kept))
}

/// Within this a server that closes has closed.
const SOON: Duration = Duration::from_millis(100);
