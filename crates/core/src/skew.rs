//! How far this machine's clock is from the server's, learned from each answer's `Date`.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use http::{Response, header};

use crate::service_error::ErrorCode;

/// The server's clock minus this machine's, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skew(i64);

impl Skew {
    /// What an answer to a request that was sent at `sent`, and took `elapsed`, says: its `Date`
    /// against the middle of the exchange (RFC 5905 section 8).
    ///
    /// `None` for an answer that a cache may have kept (`Age`), without a usable `Date`, or so slow
    /// that the middle says nothing.
    pub(crate) fn measure<B>(
        response: &Response<B>,
        sent: SystemTime,
        elapsed: Duration,
    ) -> Option<Self> {
        if response.headers().contains_key(header::AGE) || elapsed > MAX_ELAPSED {
            return None;
        }
        let date = response.headers().get(header::DATE)?.to_str().ok()?;
        let server = httpdate::parse_http_date(date).ok()?;
        let middle = sent.checked_add(elapsed / 2)?;
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).ok();
        Some(Self(match server.duration_since(middle) {
            Ok(ahead) => millis(ahead)?,
            Err(behind) => millis(behind.duration())?.checked_neg()?,
        }))
    }

    /// This machine's `time` as the server's clock shows it.
    pub(crate) fn apply(self, time: SystemTime) -> SystemTime {
        let by = Duration::from_millis(self.0.unsigned_abs());
        let applied = if self.0 < 0 { time.checked_sub(by) } else { time.checked_add(by) };
        applied.unwrap_or(time)
    }

    /// Whether an error with `code` is due to the clock: the code can be, and the request was signed
    /// with a skew of `signed` that was more than 4 minutes off.
    pub(crate) fn explains(self, code: Option<&ErrorCode>, signed: Self) -> bool {
        let code = code.map(ErrorCode::as_str);
        code.is_some_and(|code| CODES.contains(&code)) && self.0.abs_diff(signed.0) > THRESHOLD
    }
}

/// The skew that the calls of one client have learned last.
#[derive(Debug, Default)]
pub(crate) struct LearnedSkew(AtomicI64);

impl LearnedSkew {
    pub(crate) fn get(&self) -> Skew {
        Skew(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set(&self, skew: Skew) {
        self.0.store(skew.0, Ordering::Relaxed);
    }
}

/// The codes that a wrong clock can cause, as the AWS SDKs list them.
const CODES: [&str; 5] = [
    "AccessDeniedException",
    "AuthFailure",
    "InvalidSignatureException",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// 4 minutes in milliseconds: AWS accepts 5, less what the measurement may be off by.
const THRESHOLD: u64 = 4 * 60 * 1000;

const MAX_ELAPSED: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn measured(date: &[u8]) -> Option<Skew> {
        let response = Response::builder().header("date", date).body(()).unwrap();
        let sent = UNIX_EPOCH + Duration::from_secs(784_111_777);
        Skew::measure(&response, sent, Duration::from_secs(2))
    }

    #[test]
    fn a_date_is_held_against_the_middle_of_the_exchange() {
        assert_eq!(measured(b"Sun, 06 Nov 1994 08:49:37 GMT"), Some(Skew(-1000)));
        assert_eq!(measured(b"Sun, 06 Nov 1994 10:49:38 GMT"), Some(Skew(7_200_000)));
        assert_eq!(measured(b"Sunday, 06-Nov-94 08:49:38 GMT"), Some(Skew(0)));
        for unusable in [&b""[..], b"now", b"\xff", b"Sun, 06 Nov 1994 08:49:37"] {
            assert_eq!(measured(unusable), None, "{unusable:?}");
        }
    }

    #[test]
    fn a_skew_beyond_what_a_clock_can_show_changes_nothing() {
        assert_eq!(Skew(i64::MIN).apply(UNIX_EPOCH), UNIX_EPOCH - Duration::from_millis(1 << 63));
        assert_eq!(Skew(-1).apply(UNIX_EPOCH), UNIX_EPOCH - Duration::from_millis(1));
    }

    #[test]
    fn only_codes_of_the_clock_and_more_than_4_minutes_explain_an_error() {
        let code = |code: &str| ErrorCode::from(Box::from(code));
        let signature = code("InvalidSignatureException");
        for (measured, signed, code, expected) in [
            (240_001, 0, Some(&signature), true),
            (240_000, 0, Some(&signature), false),
            (-240_001, 0, Some(&signature), true),
            (300_000, 300_000, Some(&signature), false),
            (0, 300_000, Some(&signature), true),
            (300_000, 0, Some(&ErrorCode::AccessDenied), true),
            (300_000, 0, Some(&code("RequestExpired")), false),
            (300_000, 0, Some(&ErrorCode::Validation), false),
            (300_000, 0, None, false),
            (i64::MAX, i64::MIN, Some(&signature), true),
        ] {
            assert_eq!(
                Skew(measured).explains(code, Skew(signed)),
                expected,
                "{measured} {signed}"
            );
        }
    }
}
