//! How often and how soon a failed attempt is followed by another.

use std::fmt;
use std::num::NonZeroU8;
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderName, Response};

use crate::random::fraction;
use crate::reason::Reason;
use crate::transport::Delivery;

/// How often and how soon a failed attempt is followed by another.
///
/// The default is [`RetryPolicy::standard`]: the AWS SDKs' standard mode with retry behaviour 2.1.
///
/// # Examples
///
/// ```
/// use kendra_sync_core::{Config, MaxAttempts, Region, RetryPolicy};
///
/// let policy = RetryPolicy::standard().max_attempts(MaxAttempts::new(5)?).only_when_not_sent();
/// let config = Config::new(Region::new("eu-west-1")?).retry(policy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: MaxAttempts,
    behaviour: &'static Behaviour,
    resend: Resend,
}

impl RetryPolicy {
    /// Three attempts, with the AWS SDKs' retry behaviour 2.1: waits of up to 50 ms, 100 ms, … (1 s,
    /// 2 s, … after throttling), at most 20 s, each times a random fraction; a quota shared by the
    /// client's clones; `x-amz-retry-after` lengthens a wait by up to 5 s.
    pub const fn standard() -> Self {
        Self { max_attempts: MaxAttempts::THREE, behaviour: &V2_1, resend: Resend::Always }
    }

    /// Three attempts, with the retry behaviour 2.0 that the AWS SDKs had before: waits of up to 1 s,
    /// 2 s, … after any error, another quota, and `x-amz-retry-after` in place of a wait.
    pub const fn standard_2_0() -> Self {
        Self { behaviour: &V2_0, ..Self::standard() }
    }

    /// One attempt.
    pub const fn off() -> Self {
        Self { max_attempts: MaxAttempts::ONE, ..Self::standard() }
    }

    /// Makes at most this many attempts, the first one included.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: MaxAttempts) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Tries again only while nothing can have been sent: never after [`Delivery::MaybeSent`], which
    /// any answer is.
    ///
    /// For a stop that must not reach a job which was started in between.
    #[must_use]
    pub const fn only_when_not_sent(mut self) -> Self {
        self.resend = Resend::OnlyWhenNotSent;
        self
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.max_attempts.get().into()
    }

    /// Whether another attempt may follow `attempts` of them.
    pub(crate) fn allows(&self, attempts: u32, delivery: Delivery) -> bool {
        let resend = match self.resend {
            Resend::Always => true,
            Resend::OnlyWhenNotSent => delivery == Delivery::NotSent,
        };
        attempts < self.attempts() && resend
    }

    /// The wait before the attempt that follows `attempts` of them: exponential, full jitter, and as
    /// the server asks.
    pub(crate) fn wait(
        &self,
        attempts: u32,
        reason: Reason,
        retry_after: Option<Duration>,
        seed: u64,
    ) -> Duration {
        let wait = self.longest_wait(attempts, reason).mul_f64(fraction(seed, attempts));
        match (self.behaviour.retry_after, retry_after) {
            (_, None) => wait,
            (RetryAfter::Lengthens, Some(asked)) => asked.clamp(wait, wait + MAX_RETRY_AFTER),
            (RetryAfter::Replaces, Some(asked)) => asked.min(MAX_BACKOFF),
        }
    }

    /// The wait before jitter.
    fn longest_wait(&self, attempts: u32, reason: Reason) -> Duration {
        let base = match reason {
            // The clock is corrected; there is nothing to wait for.
            Reason::ClockSkew => Duration::ZERO,
            Reason::Throttling => self.behaviour.throttling_base,
            Reason::Other | Reason::Timeout => self.behaviour.other_base,
        };
        let doublings = attempts.saturating_sub(1);
        base.saturating_mul(2_u32.saturating_pow(doublings)).min(MAX_BACKOFF)
    }

    /// What a retry takes from the quota.
    pub(crate) fn cost(&self, reason: Reason) -> u32 {
        match reason {
            Reason::Throttling => self.behaviour.throttling_cost,
            Reason::Timeout => self.behaviour.timeout_cost,
            Reason::ClockSkew | Reason::Other => self.behaviour.other_cost,
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::standard()
    }
}

/// A number of attempts: 1 to 100, the first one included.
///
/// # Examples
///
/// ```
/// use kendra_sync_core::MaxAttempts;
///
/// assert_eq!(MaxAttempts::new(5)?, "5".parse()?);
/// assert!(MaxAttempts::new(0).is_err());
/// # Ok::<(), kendra_sync_core::InvalidMaxAttempts>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxAttempts(NonZeroU8);

impl MaxAttempts {
    /// The first attempt alone.
    pub const ONE: Self = Self(NonZeroU8::MIN);

    /// What [`RetryPolicy::standard`] makes.
    pub const THREE: Self = Self(NonZeroU8::MIN.saturating_add(2));

    /// Checks that `attempts` is from 1 to 100.
    ///
    /// # Errors
    ///
    /// [`InvalidMaxAttempts`] if it is not.
    pub fn new(attempts: u8) -> Result<Self, InvalidMaxAttempts> {
        match NonZeroU8::new(attempts) {
            Some(attempts) if attempts.get() <= 100 => Ok(Self(attempts)),
            _ => Err(InvalidMaxAttempts),
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

/// Decimal digits.
impl FromStr for MaxAttempts {
    type Err = InvalidMaxAttempts;

    fn from_str(text: &str) -> Result<Self, InvalidMaxAttempts> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or(InvalidMaxAttempts).and_then(Self::new)
    }
}

/// A number of attempts that is not from 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidMaxAttempts;

impl fmt::Display for InvalidMaxAttempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of attempts must be from 1 to 100")
    }
}

impl std::error::Error for InvalidMaxAttempts {}

/// `x-amz-retry-after`, in milliseconds; what is no such number counts as absent.
pub(crate) fn retry_after<B>(response: &Response<B>) -> Option<Duration> {
    let value = response.headers().get(X_AMZ_RETRY_AFTER)?.to_str().ok()?;
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    value.parse().ok().filter(|_| digits).map(Duration::from_millis)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resend {
    Always,
    OnlyWhenNotSent,
}

/// The constants of one version of the SDKs' retry behaviour.
#[derive(Debug, PartialEq, Eq)]
struct Behaviour {
    throttling_base: Duration,
    other_base: Duration,
    throttling_cost: u32,
    other_cost: u32,
    timeout_cost: u32,
    retry_after: RetryAfter,
}

/// What `x-amz-retry-after` does to a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RetryAfter {
    Lengthens,
    Replaces,
}

static V2_1: Behaviour = Behaviour {
    throttling_base: Duration::from_secs(1),
    other_base: Duration::from_millis(50),
    throttling_cost: 5,
    other_cost: 14,
    timeout_cost: 14,
    retry_after: RetryAfter::Lengthens,
};

static V2_0: Behaviour = Behaviour {
    throttling_base: Duration::from_secs(1),
    other_base: Duration::from_secs(1),
    throttling_cost: 5,
    other_cost: 5,
    timeout_cost: 10,
    retry_after: RetryAfter::Replaces,
};

/// The longest wait, before jitter.
const MAX_BACKOFF: Duration = Duration::from_secs(20);

/// The most that `x-amz-retry-after` lengthens a wait by.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);

const X_AMZ_RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");

#[cfg(test)]
mod tests {
    use super::*;
    use Reason::{ClockSkew, Other, Throttling, Timeout};

    fn millis(wait: Duration) -> u128 {
        wait.as_millis()
    }

    #[test]
    fn waits_are_spread_from_nothing_to_the_doubled_base_or_the_cap() {
        for (policy, reason, bounds) in [
            (
                RetryPolicy::standard(),
                Other,
                [50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000],
            ),
            (
                RetryPolicy::standard(),
                Throttling,
                [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000, 20_000, 20_000],
            ),
            (
                RetryPolicy::standard_2_0(),
                Timeout,
                [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000, 20_000, 20_000],
            ),
        ] {
            for (attempts, bound) in (1..).zip(bounds) {
                assert_eq!(millis(policy.longest_wait(attempts, reason)), bound);
                let waits: Vec<u128> = (0..1000)
                    .map(|seed| millis(policy.wait(attempts, reason, None, seed)))
                    .collect();
                assert!(waits.iter().all(|&wait| wait < bound), "{attempts}");
                // A thousand seeds fill each tenth of the range.
                for tenth in 0..10 {
                    let range = bound * tenth / 10..bound * (tenth + 1) / 10;
                    let inside = waits.iter().filter(|wait| range.contains(wait)).count();
                    assert!((50..200).contains(&inside), "{attempts}: {inside} in {range:?}");
                }
            }
        }
        assert_eq!(millis(RetryPolicy::standard().longest_wait(u32::MAX, Other)), 20_000);
        assert_eq!(millis(RetryPolicy::standard().longest_wait(3, ClockSkew)), 0);
    }

    #[test]
    fn what_the_server_asks_for_lengthens_a_wait_by_5_s_at_most() {
        for seed in 0..1000 {
            let policy = RetryPolicy::standard();
            let wait = |asked| policy.wait(1, Other, Some(Duration::from_millis(asked)), seed);
            let own = policy.wait(1, Other, None, seed);
            assert_eq!(wait(0), own);
            assert_eq!(wait(3000), Duration::from_secs(3));
            assert_eq!(wait(10_000), own + Duration::from_secs(5));
            assert_eq!(wait(u64::MAX), own + Duration::from_secs(5));

            let policy = RetryPolicy::standard_2_0();
            let wait = |asked| policy.wait(1, Other, Some(Duration::from_millis(asked)), seed);
            assert_eq!(wait(10), Duration::from_millis(10));
            assert_eq!(wait(30_000), Duration::from_secs(20));
        }
    }

    /// The AWS SDKs' reference guide, "Retry behavior": with 2.1 throttling costs less than the rest,
    /// with 2.0 a timeout costs more.
    #[test]
    fn retries_cost_what_the_behaviour_says() {
        for (policy, costs) in [
            (RetryPolicy::standard(), [5, 14, 14, 14]),
            (RetryPolicy::standard_2_0(), [5, 5, 10, 5]),
        ] {
            let reasons = [Throttling, Other, Timeout, ClockSkew];
            assert_eq!(reasons.map(|reason| policy.cost(reason)), costs);
        }
    }

    #[test]
    fn only_whole_milliseconds_are_asked_for() {
        let asked = |value: &[u8]| {
            retry_after(&Response::builder().header("x-amz-retry-after", value).body(()).unwrap())
        };
        assert_eq!(asked(b"1500"), Some(Duration::from_millis(1500)));
        assert_eq!(asked(b"0"), Some(Duration::ZERO));
        for ignored in
            [&b"-1"[..], b"+1", b"1.5", b"", b"1s", b"soon", b"99999999999999999999", b"\xff"]
        {
            assert_eq!(asked(ignored), None, "{ignored:?}");
        }
        assert_eq!(retry_after(&Response::new(())), None);
    }

    #[test]
    fn attempts_are_from_1_to_100() {
        for (text, attempts) in [("1", Some(1)), ("007", Some(7)), ("100", Some(100))] {
            assert_eq!(text.parse::<MaxAttempts>().ok().map(|n| n.0.get()), attempts);
        }
        for text in ["", "0", "101", "255", "256", "-1", "+1", "1.0", "three", " 3"] {
            assert_eq!(text.parse::<MaxAttempts>(), Err(InvalidMaxAttempts), "{text}");
        }
    }

    #[test]
    fn attempts_and_delivery_limit_retries() {
        use Delivery::{MaybeSent, NotSent};
        let allowed = |policy: RetryPolicy| {
            let attempts =
                [1, 2, 3, 4].map(|n| (policy.allows(n, NotSent), policy.allows(n, MaybeSent)));
            attempts.map(|(unsent, sent)| (u8::from(unsent), u8::from(sent)))
        };
        assert_eq!(allowed(RetryPolicy::standard()), [(1, 1), (1, 1), (0, 0), (0, 0)]);
        assert_eq!(allowed(RetryPolicy::off()), [(0, 0); 4]);
        let four = RetryPolicy::standard().max_attempts(MaxAttempts::new(4).unwrap());
        assert_eq!(allowed(four.only_when_not_sent()), [(1, 0), (1, 0), (1, 0), (0, 0)]);
    }
}
