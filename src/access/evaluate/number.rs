//! Numbers as PostgreSQL compares them (manual section 8.1): integers and numerics exactly, and as double precision as soon as one
//! side is a floating-point number.

use std::cmp::Ordering;

/// A number.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Of the types smallint, integer, bigint and numeric.
    Exact(Decimal),
    /// Of the types real and double precision.
    Float(f64),
}

/// A decimal number of any length, or one of numeric's special values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Decimal {
    /// An ordinary number; zero is not negative.
    Finite {
        /// Whether it is below zero.
        negative: bool,
        /// Its digits before the point, without leading zeros.
        whole: String,
        /// Its digits behind the point, without trailing zeros.
        fraction: String,
        /// How many digits behind the point are kept of it.
        scale: usize,
    },
    /// `Infinity` and `-Infinity`.
    Infinite {
        /// Whether it is below zero.
        negative: bool,
    },
    /// `NaN`, which is equal to itself and greater than everything else.
    NotANumber,
}

impl Number {
    /// A whole number, where it is one of 64 bits.
    pub(super) fn whole(&self) -> Option<i64> {
        match self {
            Number::Exact(Decimal::Finite { negative, whole, fraction, .. }) if fraction.is_empty() => {
                let digits = if whole.is_empty() { "0" } else { whole };
                let sign = if *negative { "-" } else { "" };
                format!("{sign}{digits}").parse().ok()
            }
            _ => None,
        }
    }
}

impl Decimal {
    /// Reads digits with a sign and a point, or a special value.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match digits.to_ascii_lowercase().as_str() {
            "nan" => return Some(Decimal::NotANumber),
            "infinity" | "inf" => return Some(Decimal::Infinite { negative }),
            _ => {}
        }
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let scale = fraction.len();
        let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Decimal::Finite { negative: negative && !is_zero, whole, fraction, scale })
    }

    /// The same with so many digits kept behind the point.
    pub fn with_scale(self, scale: usize) -> Decimal {
        match self {
            Decimal::Finite { negative, whole, fraction, .. } => Decimal::Finite { negative, whole, fraction, scale },
            other => other,
        }
    }

    /// The same for numbers that are equal, which may be kept with different scales.
    pub(super) fn without_scale(&self) -> Decimal {
        self.clone().with_scale(0)
    }

    /// Its digits, of an ordinary number.
    pub fn text(&self) -> Option<String> {
        let Decimal::Finite { negative, whole, fraction, .. } = self else { return None };
        let (sign, whole) = (if *negative { "-" } else { "" }, if whole.is_empty() { "0" } else { whole });
        Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
    }

    fn to_f64(&self) -> f64 {
        match self {
            Decimal::Finite { negative, whole, fraction, .. } => {
                let sign = if *negative { "-" } else { "" };
                format!("{sign}0{whole}.{fraction}0").parse().unwrap_or(f64::NAN)
            }
            Decimal::Infinite { negative: true } => f64::NEG_INFINITY,
            Decimal::Infinite { negative: false } => f64::INFINITY,
            Decimal::NotANumber => f64::NAN,
        }
    }

    fn compare(&self, other: &Decimal) -> Ordering {
        let rank = |decimal: &Decimal| match decimal {
            Decimal::Infinite { negative: true } => 0,
            Decimal::Finite { negative: true, .. } => 1,
            Decimal::Finite { negative: false, .. } => 2,
            Decimal::Infinite { negative: false } => 3,
            Decimal::NotANumber => 4,
        };
        match (self, other) {
            (
                Decimal::Finite { negative, whole, fraction, .. },
                Decimal::Finite { negative: other_negative, whole: other_whole, fraction: other_fraction, .. },
            ) if negative == other_negative => {
                let size = whole.len().cmp(&other_whole.len());
                // Digits behind the point compare as texts: `1` is before `12`, as 0.1 is before 0.12.
                let order = size.then_with(|| whole.cmp(other_whole)).then_with(|| fraction.cmp(other_fraction));
                if *negative { order.reverse() } else { order }
            }
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

impl Number {
    /// Whether it is stored as another one is: 1.0 is not stored as 1.00, nor 0 as -0.
    pub fn is_stored_as(&self, other: &Number) -> bool {
        match (self, other) {
            (Number::Float(own), Number::Float(other)) => own.to_bits() == other.to_bits() || (own.is_nan() && other.is_nan()),
            (own, other) => own == other,
        }
    }

    fn to_f64(&self) -> f64 {
        match self {
            Number::Exact(decimal) => decimal.to_f64(),
            Number::Float(float) => *float,
        }
    }

    /// The order of PostgreSQL's operators.
    pub fn compare(&self, other: &Number) -> Ordering {
        match (self, other) {
            (Number::Exact(own), Number::Exact(other)) => own.compare(other),
            _ => {
                let (own, other) = (self.to_f64(), other.to_f64());
                own.partial_cmp(&other).unwrap_or_else(|| own.is_nan().cmp(&other.is_nan()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Number};
    use std::cmp::Ordering;

    #[test]
    fn numbers_are_ordered_as_postgres_orders_them() {
        let ordered =
            ["-Infinity", "-10.5", "-10.25", "-2", "-0.5", "0", "0.1", "0.12", "1", "9", "10", "10.01", "Infinity", "NaN"];
        let numbers: Vec<Number> = ordered.iter().map(|text| Number::Exact(Decimal::parse(text).unwrap())).collect();
        for (i, left) in numbers.iter().enumerate() {
            for (j, right) in numbers.iter().enumerate() {
                assert_eq!(left.compare(right), i.cmp(&j), "{left:?} {right:?}");
                let (float, other) = (Number::Float(left.to_f64()), Number::Float(right.to_f64()));
                assert_eq!(float.compare(&other), i.cmp(&j), "{float:?} {other:?}");
            }
        }
        assert_eq!(Decimal::parse("-0.00").map(|zero| zero.with_scale(0)), Decimal::parse("0"));
        let real = Number::Float(f64::from(0.1f32));
        assert_eq!(real.compare(&Number::Exact(Decimal::parse("0.1").unwrap())), Ordering::Greater);
        assert_eq!(Decimal::parse("1e5"), None);
    }
}
