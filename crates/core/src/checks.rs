//! What every transport looks at before it sends, and once it has a head.

use std::time::Duration;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::uri::Scheme;
use http::{HeaderMap, Request};

use crate::transport::{Delivery, MAX_HEAD, TransportError, TransportErrorKind};

/// Refuses what no transport can send: a request without time, or one to nowhere.
///
/// For the beginning of `send`, before a connection is looked for. What the stack below cannot send besides is the
/// transport's to refuse, in the same way.
///
/// # Errors
///
/// All are [`NotSent`](Delivery::NotSent): [`Timeout`](TransportErrorKind::Timeout) for a `timeout` of zero,
/// [`InvalidRequest`](TransportErrorKind::InvalidRequest) for a URI that is not absolute, has another scheme than
/// `http` or `https`, or has no host.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use http::Request;
/// use kendra_sync_core::TransportErrorKind;
/// use kendra_sync_core::transport::check_request;
///
/// let request = Request::post("https://kendra.eu-west-1.amazonaws.com/").body(())?;
/// assert!(check_request(&request, Duration::from_secs(5)).is_ok());
/// let error = check_request(&request, Duration::ZERO).unwrap_err();
/// assert_eq!(error.kind(), TransportErrorKind::Timeout);
/// # Ok::<(), http::Error>(())
/// ```
pub fn check_request<B>(request: &Request<B>, timeout: Duration) -> Result<(), TransportError> {
    let unsent = |kind| TransportError::new(kind, Delivery::NotSent);
    if timeout.is_zero() {
        return Err(unsent(TransportErrorKind::Timeout));
    }
    let uri = request.uri();
    let known = uri.scheme().is_some_and(|s| *s == Scheme::HTTP || *s == Scheme::HTTPS);
    if !known || uri.host().is_none_or(str::is_empty) {
        let source = "the URI must be absolute, http or https";
        return Err(unsent(TransportErrorKind::InvalidRequest).with_source(source));
    }
    Ok(())
}

/// Refuses an answer with these fields: too large a head, or one that says in two ways where the body ends.
///
/// For when the head is there, before the body is read; `fields` are those that came, none taken out. A transport that
/// refuses an answer closes its connection.
///
/// Counted is the least that the fields took on the wire, each with a colon and a line end, in bytes, against
/// [`MAX_HEAD`]. A stack that reads on without a bound until it has a whole head needs a bound of its own before this.
///
/// # Errors
///
/// [`InvalidResponse`](TransportErrorKind::InvalidResponse), [`MaybeSent`](Delivery::MaybeSent): the fields are over
/// [`MAX_HEAD`], or both `Transfer-Encoding` and `Content-Length` are among them. These are two
/// answers to where the body ends, and one of the peers may be deceived (RFC 9112 section 6.3).
///
/// # Examples
///
/// ```
/// use http::HeaderMap;
/// use http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
/// use kendra_sync_core::transport::check_answer;
///
/// let mut fields = HeaderMap::new();
/// fields.insert(CONTENT_LENGTH, HeaderValue::from(2));
/// assert!(check_answer(&fields).is_ok());
/// fields.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
/// assert!(check_answer(&fields).is_err());
/// ```
pub fn check_answer(fields: &HeaderMap) -> Result<(), TransportError> {
    let sizes = fields.iter().map(|(name, value)| name.as_str().len() + value.len() + 3);
    let source = if sizes.sum::<usize>() > MAX_HEAD {
        "the head is over the limit of 64 KiB"
    } else if fields.contains_key(TRANSFER_ENCODING) && fields.contains_key(CONTENT_LENGTH) {
        "the answer has a transfer coding and a length"
    } else {
        return Ok(());
    };
    let kind = TransportErrorKind::InvalidResponse;
    Err(TransportError::new(kind, Delivery::MaybeSent).with_source(source))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use http::HeaderValue;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    type Told = (TransportErrorKind, Delivery, Option<String>);

    fn told(outcome: Result<(), TransportError>) -> Option<Told> {
        let error = outcome.err()?;
        Some((error.kind(), error.delivery(), error.source().map(ToString::to_string)))
    }

    fn to(uri: &str) -> Request<()> {
        Request::post(uri).body(()).unwrap()
    }

    fn of_size(size: usize) -> HeaderMap {
        let value = HeaderValue::from_str(&"v".repeat(size - "x-a".len() - 3)).unwrap();
        HeaderMap::from_iter([("x-a".parse().unwrap(), value)])
    }

    #[test]
    fn any_absolute_http_uri_may_be_sent_to() {
        for uri in [
            "http://localhost",
            "https://kendra.eu-west-1.amazonaws.com/",
            "HTTP://127.0.0.1:8080/a?b",
            "https://[::1]:1/?b",
            "http://user:pass@localhost/",
        ] {
            assert_eq!(told(check_request(&to(uri), Duration::from_nanos(1))), None, "{uri}");
            assert_eq!(told(check_request(&to(uri), Duration::MAX)), None, "{uri}");
        }
    }

    #[test]
    fn a_uri_to_nowhere_is_an_invalid_request_that_was_not_sent() {
        let source = Some("the URI must be absolute, http or https".to_owned());
        let refused = (TransportErrorKind::InvalidRequest, Delivery::NotSent, source);
        for uri in ["/", "*", "localhost:80", "ftp://localhost/", "ws://localhost/", "http://:80/"]
        {
            assert_eq!(told(check_request(&to(uri), SECOND)), Some(refused.clone()), "{uri}");
        }
    }

    #[test]
    fn no_time_is_a_timeout_before_anything_else() {
        for uri in ["https://localhost/", "/"] {
            let outcome = check_request(&to(uri), Duration::ZERO);
            let timeout = (TransportErrorKind::Timeout, Delivery::NotSent, None);
            assert_eq!(told(outcome), Some(timeout), "{uri}");
        }
    }

    #[test]
    fn a_head_of_exactly_the_limit_is_an_answer_and_a_larger_one_is_none() {
        assert_eq!(told(check_answer(&HeaderMap::new())), None);
        assert_eq!(told(check_answer(&of_size(MAX_HEAD))), None);
        let source = Some("the head is over the limit of 64 KiB".to_owned());
        let refused = (TransportErrorKind::InvalidResponse, Delivery::MaybeSent, source);
        assert_eq!(told(check_answer(&of_size(MAX_HEAD + 1))), Some(refused.clone()));

        // Every value of a name counts, with its name.
        let mut fields = of_size(MAX_HEAD / 2);
        assert!(of_size(MAX_HEAD / 2 + 1).drain().all(|(_, value)| fields.append("x-a", value)));
        assert_eq!(told(check_answer(&fields)), Some(refused));
    }

    #[test]
    fn a_coding_beside_a_length_is_no_answer_but_either_alone_is() {
        let length = (CONTENT_LENGTH, HeaderValue::from_static("0"));
        let coding = (TRANSFER_ENCODING, HeaderValue::from_static("identity"));
        assert_eq!(told(check_answer(&HeaderMap::from_iter([length.clone()]))), None);
        assert_eq!(told(check_answer(&HeaderMap::from_iter([coding.clone()]))), None);
        let source = Some("the answer has a transfer coding and a length".to_owned());
        let refused = (TransportErrorKind::InvalidResponse, Delivery::MaybeSent, source);
        assert_eq!(told(check_answer(&HeaderMap::from_iter([length, coding]))), Some(refused));
    }
}
