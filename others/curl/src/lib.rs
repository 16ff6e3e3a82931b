//! kendra-sync's blocking transport over [libcurl](curl), with OpenSSL for TLS.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use curl::easy::{Easy2, HttpVersion, List};
use http::{Request, Response, header};
use kendra_sync_core::blocking::HttpTransport;
use kendra_sync_core::transport::check_request;
use kendra_sync_core::{Delivery, TransportError, TransportErrorKind};

use crate::exchange::Exchange;

mod exchange;
mod failure;

/// Sends over libcurl, on the calling thread. A new connection for each request: libcurl would use one that it has used
/// less than a second ago without a look at whether it is still good.
pub struct CurlTransport {
    roots: String,
    connect_timeout: Duration,
}

impl CurlTransport {
    /// A transport that trusts `roots`, each in DER, and takes at most `connect_timeout` to connect.
    pub fn new(roots: &[Vec<u8>], connect_timeout: Duration) -> Self {
        let roots = roots.iter().map(|root| {
            let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
            // OpenSSL reads lines of 64 characters.
            let text = BASE64_STANDARD.encode(root).into_bytes();
            let lines = text.chunks(64).map(|line| String::from_utf8_lossy(line).into_owned());
            format!("{begin}\n{}\n{end}\n", lines.collect::<Vec<_>>().join("\n"))
        });
        Self { roots: roots.collect(), connect_timeout }
    }

    fn handle(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Easy2<Exchange>, TransportError> {
        let (url, fields) = of_http(&request)?;
        let length = request.body().len() as u64;
        let method = request.method().clone();
        let mut easy = Easy2::new(Exchange::of(request.into_body()));
        let set = |easy: &mut Easy2<Exchange>| {
            easy.url(&url)?;
            easy.path_as_is(true)?;
            easy.post(true)?;
            easy.post_field_size(length)?;
            easy.custom_request(method.as_str())?;
            easy.http_headers(fields)?;
            easy.http_version(HttpVersion::V11)?;
            easy.http_09_allowed(false)?;
            easy.http_content_decoding(false)?;
            easy.follow_location(false)?;
            easy.proxy("")?;
            easy.noproxy("*")?;
            easy.ssl_cainfo_blob(self.roots.as_bytes())?;
            easy.signal(false)?;
            easy.fresh_connect(true)?;
            easy.forbid_reuse(true)?;
            easy.connect_timeout(whole_milliseconds(self.connect_timeout))?;
            easy.timeout(whole_milliseconds(timeout))
        };
        set(&mut easy).map_err(failure::of_settings)?;
        Ok(easy)
    }
}

impl HttpTransport for CurlTransport {
    fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, TransportError> {
        check_request(&request, timeout)?;
        let mut easy = self.handle(request, timeout)?;
        let performed = easy.perform();
        let exchange = std::mem::take(easy.get_mut());
        let delivery = exchange.delivery();
        exchange.outcome(performed.map_err(|error| failure::of(&error, delivery)))
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// Shows the settings.
impl fmt::Debug for CurlTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurlTransport")
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// The URL and the fields as libcurl takes them, or why that cannot be sent.
fn of_http(request: &Request<Bytes>) -> Result<(String, List), TransportError> {
    let refused = |reason: &'static str| {
        let kind = TransportErrorKind::InvalidRequest;
        TransportError::new(kind, Delivery::NotSent).with_source(reason)
    };
    let uri = request.uri();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    // Without what stands before it, of which libcurl would make an Authorization.
    let host = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if has_small_escapes(uri.path()) {
        return Err(refused("libcurl would write the escapes of the path in capitals"));
    }
    let url = format!("{}://{host}{path}", uri.scheme_str().unwrap_or_default());
    let mut fields = List::new();
    let mut append = |line: &str| fields.append(line).map_err(failure::of_settings);
    // What libcurl adds by itself unless it is told not to.
    for name in [header::ACCEPT, header::CONTENT_TYPE, header::EXPECT, header::USER_AGENT] {
        if !request.headers().contains_key(&name) {
            append(&format!("{name}:"))?;
        }
    }
    for (name, value) in request.headers() {
        let Ok(value) = std::str::from_utf8(value.as_bytes()) else {
            return Err(refused("curl's list takes no field whose value is not UTF-8"));
        };
        match value {
            _ if name == header::CONTENT_LENGTH => {}
            "" => append(&format!("{name};"))?,
            value => append(&format!("{name}: {value}"))?,
        }
    }
    Ok((url, fields))
}

/// Whether there is a percent escape with a small letter.
fn has_small_escapes(path: &str) -> bool {
    let small = |digits: &str| digits.bytes().take(2).any(|digit| digit.is_ascii_lowercase());
    path.split('%').skip(1).any(small)
}

/// libcurl counts milliseconds, and takes none for no limit.
fn whole_milliseconds(limit: Duration) -> Duration {
    let limit = limit.min(LONGEST_TIMEOUT);
    let more = Duration::from_nanos(u64::from(!limit.subsec_nanos().is_multiple_of(1_000_000)));
    Duration::from_millis(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)) + more * 1_000_000
}

/// libcurl's own limit is 24 days.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 24 * 60 * 60);
