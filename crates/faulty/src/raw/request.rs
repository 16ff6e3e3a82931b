//! A request as it goes out.

use bytes::Bytes;
use http::{Request, header};

use super::Defect;

/// Request line, fields and body.
pub(super) fn written(request: &Request<Bytes>, defect: Defect) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let target = match defect {
        Defect::AbsoluteForm => request.uri().to_string(),
        _ if target.starts_with('?') => format!("/{target}"),
        _ => target.to_owned(),
    };
    let mut bytes = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        let value = match (defect, name) {
            (Defect::HostWithoutPort, &header::HOST) => without_port(value.as_bytes()),
            _ => value.as_bytes(),
        };
        bytes.extend([name.as_str().as_bytes(), b": ", value, b"\r\n"].concat());
    }
    let body = request.body();
    if defect == Defect::SendsChunks {
        bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
        if !body.is_empty() {
            bytes.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
            bytes.extend([body, &b"\r\n"[..]].concat());
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        return bytes;
    }
    if !request.headers().contains_key(header::CONTENT_LENGTH) {
        bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

fn without_port(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|&b| b == b':').filter(|_| !host.ends_with(b"]"));
    colon.map_or(host, |colon| &host[..colon])
}
