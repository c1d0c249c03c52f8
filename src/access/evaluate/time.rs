//! Days and moments (manual section 8.5). Days are counted from 1970-01-01, moments in microseconds; both have an infinite past and
//! future.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::model::{Duration, TimeUnit};

const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

/// A day as a number; the words that PostgreSQL takes for one are understood as of `now` in UTC.
pub fn parse_day(text: &str, now: i64) -> Option<i64> {
    let today = now.div_euclid(MICROSECONDS_PER_DAY);
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "infinity" => i64::MAX,
        "-infinity" => i64::MIN,
        "epoch" => 0,
        "today" | "now" => today,
        "yesterday" => today - 1,
        "tomorrow" => today + 1,
        text => day_number(text.get(..10)?.parse::<Date>().ok()?)?,
    })
}

/// A moment; without an offset it is taken as of UTC, which is also how a moment without a zone is kept.
pub fn parse_moment(text: &str, now: i64) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    match text.as_str() {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        "now" => return Some(now),
        "today" | "yesterday" | "tomorrow" | "epoch" => return Some(parse_day(&text, now)? * MICROSECONDS_PER_DAY),
        _ => {}
    }
    if text.len() == 10 {
        return Some(parse_day(&text, now)? * MICROSECONDS_PER_DAY);
    }
    // The sign of the offset stands behind the time, those before are of the day.
    let zone = text.get(11..)?.find(['+', '-', 'z']).map(|at| at + 11);
    let (local, offset) = text.split_at(zone.unwrap_or(text.len()));
    let moment = microseconds_of(local.trim().replace(' ', "T").parse::<DateTime>().ok()?)?;
    Some(moment - parse_offset(offset)? * 1_000_000)
}

/// Seconds of `+02`, `-03:30`, `z`; none for nothing.
fn parse_offset(text: &str) -> Option<i64> {
    let Some(digits) = text.strip_prefix(['+', '-']) else { return Some(0) };
    let mut seconds = 0;
    for (part, size) in digits.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<i64>().ok()? * size;
    }
    Some(if text.starts_with('-') { -seconds } else { seconds })
}

/// A duration as it is stored: what a month or a day is depends on where it is added (manual section 8.5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    months: i128,
    days: i128,
    microseconds: i128,
}

impl Interval {
    /// Its length as PostgreSQL compares it: months have 30 days, days 24 hours.
    pub fn length(self) -> i128 {
        (self.months * 30 + self.days) * i128::from(MICROSECONDS_PER_DAY) + self.microseconds
    }
}

/// Reads a duration.
pub fn parse_interval(text: &str) -> Option<Interval> {
    let mut total = Interval { months: 0, days: 0, microseconds: 0 };
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if word.contains(':') {
            let (sign, clock) = word.strip_prefix('-').map_or((1, word), |rest| (-1, rest));
            let mut microseconds: i128 = 0;
            for (part, size) in clock.trim_start_matches('+').split(':').zip([3_600_000_000_i128, 60_000_000, 1_000_000]) {
                let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
                microseconds += whole.parse::<i128>().ok()? * size + format!("{fraction:0<6}").parse::<i128>().ok()?;
            }
            total.microseconds += sign * microseconds;
            continue;
        }
        let amount: i128 = word.parse().ok()?;
        let (part, size) = match words.next()?.trim_end_matches('s') {
            "year" => (&mut total.months, 12),
            "mon" | "month" => (&mut total.months, 1),
            "week" => (&mut total.days, 7),
            "day" => (&mut total.days, 1),
            "hour" => (&mut total.microseconds, 3_600_000_000),
            "minute" | "min" => (&mut total.microseconds, 60_000_000),
            "second" | "sec" => (&mut total.microseconds, 1_000_000),
            _ => return None,
        };
        *part += amount * size;
    }
    Some(total)
}

/// The local time of a moment in a zone, as microseconds without zone. `None` for a zone that this machine does not know.
pub fn local(moment: i64, zone: &str) -> Option<i64> {
    let zone = TimeZone::get(zone).ok()?;
    microseconds_of(zone.to_datetime(Timestamp::from_microsecond(moment).ok()?))
}

/// The moment at which a local time is in a zone.
pub fn at_zone(local: i64, zone: &str) -> Option<i64> {
    if local == i64::MAX || local == i64::MIN {
        return Some(local);
    }
    let zone = TimeZone::get(zone).ok()?;
    Some(zone.to_timestamp(date_time(local)?).ok()?.as_microsecond())
}

/// A local time so much later, by the calendar.
pub fn shift(local: i64, duration: Duration) -> Option<i64> {
    let amount = i64::from(duration.amount);
    let span = match duration.unit {
        TimeUnit::Second => Span::new().try_seconds(amount),
        TimeUnit::Minute => Span::new().try_minutes(amount),
        TimeUnit::Hour => Span::new().try_hours(amount),
        TimeUnit::Day => Span::new().try_days(amount),
        TimeUnit::Week => Span::new().try_weeks(amount),
        TimeUnit::Month => Span::new().try_months(amount),
        TimeUnit::Year => Span::new().try_years(amount),
    };
    microseconds_of(date_time(local)?.checked_add(span.ok()?).ok()?)
}

/// The day of a local time.
pub fn day_of(local: i64) -> i64 {
    local.div_euclid(MICROSECONDS_PER_DAY)
}

/// The first moment of a day, as a local time.
pub fn start_of(day: i64) -> i64 {
    if day == i64::MAX || day == i64::MIN { day } else { day * MICROSECONDS_PER_DAY }
}

/// A day as a text; `None` for one without end.
pub fn day_text(day: i64) -> Option<String> {
    Some(date_time(day.checked_mul(MICROSECONDS_PER_DAY)?)?.date().to_string())
}

/// A moment as a text, in UTC.
pub fn moment_text(moment: i64) -> Option<String> {
    Some(date_time(moment)?.to_string().replace('T', " "))
}

fn date_time(microseconds: i64) -> Option<DateTime> {
    Some(TimeZone::UTC.to_datetime(Timestamp::from_microsecond(microseconds).ok()?))
}

fn microseconds_of(date_time: DateTime) -> Option<i64> {
    Some(TimeZone::UTC.to_timestamp(date_time).ok()?.as_microsecond())
}

fn day_number(date: Date) -> Option<i64> {
    Some(day_of(microseconds_of(date.to_datetime(jiff::civil::Time::midnight()))?))
}

#[cfg(test)]
mod tests {
    use super::{parse_day, parse_interval, parse_moment};

    #[test]
    fn moments_are_read_as_postgres_writes_them() {
        let second = 1_000_000;
        assert_eq!(parse_moment("1970-01-02 00:00:01.5+00", 0), Some((86_400 + 1) * second + second / 2));
        assert_eq!(parse_moment("1970-01-01 02:00:00+02", 0), Some(0));
        assert_eq!(parse_moment("1970-01-01T00:30:00-00:30", 0), Some(3600 * second));
        assert_eq!(parse_day("1969-12-31", 0), Some(-1));
        assert_ne!(parse_interval("1 mon"), parse_interval("30 days"));
        let parse_interval = |text| parse_interval(text).map(super::Interval::length);
        assert_eq!(parse_interval("1 mon"), parse_interval("30 days"));
        assert_eq!(parse_interval("-1 days +02:00:00.25"), Some(-22 * 3_600_000_000 + 250_000));
    }
}
