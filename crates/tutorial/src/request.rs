//! The request: where it goes, and its bytes.

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Request, Uri};
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

/// Host and port.
pub(crate) fn origin(uri: &Uri) -> Result<(String, u16), TransportError> {
    match (uri.scheme_str(), uri.host()) {
        (Some("http"), Some(host)) if !host.is_empty() => {
            let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
            Ok((host, uri.port_u16().unwrap_or(80)))
        }
        _ => {
            let kind = TransportErrorKind::InvalidRequest;
            let source = "the URI must be absolute, and http";
            Err(TransportError::new(kind, Delivery::NotSent).with_source(source))
        }
    }
}

/// The request as it goes out. `Host` is among its fields already.
pub(crate) fn bytes(request: &Request<Bytes>) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    // A URI may have a query and no path.
    let slash = if target.starts_with('/') { "" } else { "/" };
    let mut bytes = format!("{} {slash}{target} HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let length = request.body().len();
    let last = format!("content-length: {length}\r\nconnection: close\r\n\r\n");
    bytes.extend_from_slice(last.as_bytes());
    bytes.extend_from_slice(request.body());
    bytes
}
