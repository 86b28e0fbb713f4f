//! Numbers as Terraform has them: decimal, exact, of any size.

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive, Zero};
use std::fmt;
use std::str::FromStr;

/// An exact decimal number. Terraform's numbers have 512 bits of precision; ours are decimal and
/// exact but for division, which is cut at 150 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

/// The largest power of ten that is dealt with.
const MAX_EXPONENT: i64 = 10_000;

/// Digits kept by a division that does not come out even.
const DIVISION_DIGITS: u64 = 150;

impl Number {
    /// A number from text such as `42`, `-1.5` or `1e3`.
    pub fn parse(text: &str) -> Option<Number> {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
        // An exponent of a billion would cost a billion digits: refuse what nobody means.
        let exponent = text.split(['e', 'E']).nth(1).map_or(Ok(0), i32::from_str);
        if !plain || exponent.is_ok_and(|e| e.abs() > 10_000) {
            return None;
        }
        BigDecimal::from_str(text).ok().map(|n| Number(n.normalized()))
    }

    /// The number as `i64`, when it is whole and fits.
    pub fn as_i64(&self) -> Option<i64> {
        if self.is_whole() { self.0.to_i64() } else { None }
    }

    /// The nearest `f64`.
    pub fn as_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::NAN)
    }

    /// A number from a finite `f64`, as its shortest decimal form.
    pub fn from_f64(value: f64) -> Option<Number> {
        if value.is_finite() { Number::parse(&format!("{value}")) } else { None }
    }

    /// True when there is no fraction.
    pub fn is_whole(&self) -> bool {
        self.0.is_integer()
    }

    /// True for a number of so many digits, before or after the point, that nobody can mean it.
    pub fn is_absurd(&self) -> bool {
        let (_, scale) = self.0.as_bigint_and_exponent();
        scale.abs() > MAX_EXPONENT || self.0.digits() > MAX_EXPONENT as u64 * 2
    }

    /// True for zero.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Sum.
    pub fn add(&self, other: &Number) -> Number {
        Number((&self.0 + &other.0).normalized())
    }

    /// Difference.
    pub fn subtract(&self, other: &Number) -> Number {
        Number((&self.0 - &other.0).normalized())
    }

    /// Product.
    pub fn multiply(&self, other: &Number) -> Number {
        Number((&self.0 * &other.0).normalized())
    }

    /// Quotient; nothing for a division by zero.
    pub fn divide(&self, other: &Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        Some(Number((&self.0 / &other.0).with_prec(DIVISION_DIGITS).normalized()))
    }

    /// Remainder with the sign of the dividend; nothing for a division by zero.
    pub fn remainder(&self, other: &Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        Some(Number((&self.0 % &other.0).normalized()))
    }

    /// The number with its sign turned.
    pub fn negate(&self) -> Number {
        Number(-&self.0)
    }

    /// The greatest whole number that is not greater.
    pub fn floor(&self) -> Number {
        Number(self.0.with_scale_round(0, bigdecimal::RoundingMode::Floor).normalized())
    }

    /// The smallest whole number that is not smaller.
    pub fn ceil(&self) -> Number {
        Number(self.0.with_scale_round(0, bigdecimal::RoundingMode::Ceiling).normalized())
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number(BigDecimal::from_i64(value).unwrap_or_default().normalized())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_plain_string())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn prints_as_terraform_prints() {
        for (text, printed) in [("42", "42"), ("1e3", "1000"), ("1.50", "1.5"), ("-0.1", "-0.1"), ("100", "100")] {
            assert_eq!(Number::parse(text).map(|n| n.to_string()), Some(printed.to_string()));
        }
        assert!(Number::parse("1e999999999").is_none());
        assert!(Number::parse("abc").is_none());
    }

    #[test]
    fn sums_are_exact() {
        let sum = Number::parse("0.1").zip(Number::parse("0.2")).map(|(a, b)| a.add(&b).to_string());
        assert_eq!(sum.as_deref(), Some("0.3"));
        assert!(Number::from(1).divide(&Number::from(0)).is_none());
    }
}
