use std::fmt;
use std::time::{Duration, SystemTime};

/// A moment to the second, as `X-Amz-Date` writes it: `YYYYMMDD'T'HHMMSS'Z'`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timestamp {
    seconds_since_epoch: i64,
}

impl Timestamp {
    /// Reads exactly that form; a day or time that does not exist is refused.
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
        if day.len() != 8 || time.len() != 6 {
            return None;
        }
        let (day, time) = (digits(day)?, digits(time)?);
        let days = days_since_epoch(day / 10_000, day / 100 % 100, day % 100);
        let seconds = (time / 10_000 * 60 + time / 100 % 100) * 60 + time % 100;
        let timestamp = Self { seconds_since_epoch: days * SECONDS_A_DAY + seconds };
        // February 30 or 24:60:60 has become another moment, which is written in another way.
        (timestamp.to_string() == text).then_some(timestamp)
    }

    /// The second that `time` is in.
    pub(super) fn of(time: SystemTime) -> Self {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(FAR);
        let seconds_since_epoch = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => seconds(after).min(FAR),
            Err(error) => {
                let before = error.duration();
                -seconds(before).min(FAR) - i64::from(before.subsec_nanos() > 0)
            }
        };
        Self { seconds_since_epoch }
    }

    pub(super) fn plus(self, seconds: i64) -> Self {
        Self { seconds_since_epoch: self.seconds_since_epoch + seconds }
    }

    /// The day in the form of a credential scope: `YYYYMMDD`.
    pub(super) fn day(self) -> String {
        let (year, month, day) = civil_date(self.seconds_since_epoch.div_euclid(SECONDS_A_DAY));
        format!("{year:04}{month:02}{day:02}")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.seconds_since_epoch.rem_euclid(SECONDS_A_DAY);
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        write!(f, "{}T{hour:02}{minute:02}{:02}Z", self.day(), second % 60)
    }
}

fn digits(text: &str) -> Option<i64> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
///
/// Years are counted from March, which puts the leap day last; months then have 153 days in every
/// five.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - MARCH_OF_YEAR_0_TO_EPOCH
}

/// The year, month and day that is `days` after 1970-01-01.
fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + MARCH_OF_YEAR_0_TO_EPOCH;
    let (era, day_of_era) =
        (days.div_euclid(DAYS_IN_400_YEARS), days.rem_euclid(DAYS_IN_400_YEARS));
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

const SECONDS_A_DAY: i64 = 86_400;
const DAYS_IN_400_YEARS: i64 = 146_097;
const MARCH_OF_YEAR_0_TO_EPOCH: i64 = 719_468;

/// Further off than any clock, and far from overflow.
const FAR: i64 = 1 << 48;

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<i64> {
        Timestamp::parse(text.as_bytes()).map(|timestamp| timestamp.seconds_since_epoch)
    }

    #[test]
    fn known_moments_are_read() {
        for (text, expected) in [
            ("19700101T000000Z", 0),
            ("19691231T235959Z", -1),
            ("20000229T000000Z", 951_782_400),
            ("20150830T123600Z", 1_440_938_160),
            ("20380119T031408Z", 2_147_483_648),
            ("21000301T000000Z", 4_107_542_400),
            ("99991231T235959Z", 253_402_300_799),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "20150830T123600",
            "20150830t123600Z",
            "20150830T123600z",
            "2015-08-30T12:36:00Z",
            "20150830T1236000Z",
            "201508300T12360Z",
            "+0150830T123600Z",
            "20150830T+23600Z",
            "20150230T123600Z",
            "20150229T123600Z",
            "21000229T123600Z",
            "20151301T123600Z",
            "20150001T123600Z",
            "20150800T123600Z",
            "20150830T240000Z",
            "20150830T126000Z",
            "20150830T123660Z",
            "20150830T123600Z ",
            "Sun, 30 Aug 2015 12:36:00 GMT",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(Timestamp::parse(b"2015083\xffT123600Z"), None);
    }

    #[test]
    fn every_day_is_written_as_it_is_read() {
        let mut day =
            Timestamp { seconds_since_epoch: days_since_epoch(1_599, 12, 31) * SECONDS_A_DAY };
        while day.day() != "24010101" {
            let next = day.plus(SECONDS_A_DAY);
            assert_eq!(Timestamp::parse(next.to_string().as_bytes()), Some(next));
            assert!(next.day() > day.day());
            day = next;
        }
    }

    #[test]
    fn a_clock_far_off_is_no_panic() {
        let epoch = SystemTime::UNIX_EPOCH;
        let half_before = epoch - Duration::from_millis(500);
        assert_eq!(Timestamp::of(half_before).to_string(), "19691231T235959Z");
        assert_eq!(
            Timestamp::of(epoch + Duration::from_millis(1_999)).to_string(),
            "19700101T000001Z"
        );
        for far in [
            epoch.checked_add(Duration::from_secs(i64::MAX.unsigned_abs())),
            epoch.checked_sub(Duration::from_secs(i64::MAX.unsigned_abs())),
        ] {
            let far = Timestamp::of(far.unwrap_or(epoch));
            assert!(far.plus(300).to_string().ends_with('Z'));
        }
    }
}
