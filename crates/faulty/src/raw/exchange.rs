//! One request and its answer on a connection.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONNECTION;
use http::{Request, Response, StatusCode};
use kendra_sync_core::TransportError;
use kendra_sync_core::TransportErrorKind::{Interrupted, Timeout};
use tokio::io::AsyncWriteExt;

use super::body::{Framing, Read};
use super::connect::Connection;
use super::head::Head;
use super::wire::{Wire, failed};
use super::{Defect, request};

impl Connection {
    /// The answer, and whether the connection may be used again.
    pub(super) async fn exchange(
        &mut self,
        request: &Request<Bytes>,
        limit: Duration,
        defect: Defect,
    ) -> Result<(Response<Bytes>, bool), TransportError> {
        let bytes = request::written(request, defect);
        let (response, reusable) = {
            let (mut reader, mut writer) = tokio::io::split(&mut self.stream);
            let mut wire = Wire { defect, limit, stream: &mut reader, unread: &mut self.unread };
            let writing = async {
                writer.write_all(&bytes).await?;
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
                            && defect == Defect::GivesUpOnWriteError
                        {
                            return Err(failed(Interrupted).with_source(error));
                        }
                    }
                    answer = &mut answering => {
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
async fn answer(wire: &mut Wire<'_>) -> Result<(Response<Bytes>, bool), TransportError> {
    let limit = match wire.defect {
        Defect::LimitForHeadOnly => wire.limit,
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
    let Read { bytes, trailers, whole } = wire.body(framing).await?;
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
