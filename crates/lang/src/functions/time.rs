//! Functions on points in time, as RFC 3339 writes them.

use super::*;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "formatdate",
        doc: "A point in time in another form.",
        params: &[param("format", STRING), param("time", STRING)],
        variadic: None,
        returns: string,
        call: formatdate,
    },
    Function {
        name: "plantimestamp",
        doc: "The time of the plan.",
        params: &[],
        variadic: None,
        returns: string,
        call: |c, _| Ok(c.plan_time.as_str().into()),
    },
    Function {
        name: "timeadd",
        doc: "A point in time moved by a duration such as 1h30m.",
        params: &[param("timestamp", STRING), param("duration", STRING)],
        variadic: None,
        returns: string,
        call: timeadd,
    },
    Function {
        name: "timecmp",
        doc: "-1, 0 or 1: whether a point in time is before, at or after another.",
        params: &[param("timestamp_a", STRING), param("timestamp_b", STRING)],
        variadic: None,
        returns: number,
        call: timecmp,
    },
    // The evaluator answers this one: it knows whether a plan is being made.
    Function {
        name: "timestamp",
        doc: "The time of the apply.",
        params: &[],
        variadic: None,
        returns: string,
        call: |_, _| Ok(Value::unknown(Type::String)),
    },
];

const NANOS: i128 = 1_000_000_000;

/// A point in time: nanoseconds since 1970, and the offset of the clock that it was read off.
#[derive(Clone, Copy)]
struct Time {
    nanos: i128,
    offset_minutes: i64,
}

/// What a calendar says.
struct Calendar {
    year: i64,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    /// 0 for Sunday.
    weekday: usize,
}

/// Days since 1970 of a date in the Gregorian calendar.
fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn month_length(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Time {
    fn parse(a: &[Value], i: usize) -> Result<Time, Failure> {
        let given = text(a, i);
        Time::read(given).ok_or_else(|| Failure::Argument(i, format!("\"{given}\" is no point in time such as 2017-11-22T00:00:00Z")))
    }

    fn read(text: &str) -> Option<Time> {
        let digits = |from: usize, to: usize| -> Option<i64> {
            let part = text.get(from..to)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let sign = |at: usize, c: &str| text.get(at..at + 1).filter(|s| *s == c).map(|_| ());
        let (year, month, day) = (digits(0, 4)?, digits(5, 7)? as u32, digits(8, 10)? as u32);
        let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
        sign(4, "-")?;
        sign(7, "-")?;
        sign(10, "T")?;
        sign(13, ":")?;
        sign(16, ":")?;
        if !(1..=12).contains(&month) || !(1..=month_length(year, month)).contains(&day) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut fraction = 0i128;
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let part = after.get(..end).filter(|p| !p.is_empty() && p.len() <= 9)?;
            fraction = format!("{part:0<9}").parse().ok()?;
            rest = after.get(end..)?;
        }
        let offset_minutes = match rest.get(..1)? {
            "Z" if rest.len() == 1 => 0,
            s @ ("+" | "-") if rest.len() == 6 && rest.get(3..4) == Some(":") => {
                let (h, m): (i64, i64) = (rest.get(1..3)?.parse().ok()?, rest.get(4..6)?.parse().ok()?);
                if h > 23 || m > 59 {
                    return None;
                }
                (h * 60 + m) * if s == "-" { -1 } else { 1 }
            }
            _ => return None,
        };
        let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset_minutes * 60;
        Some(Time { nanos: i128::from(seconds) * NANOS + fraction, offset_minutes })
    }

    fn calendar(self) -> Calendar {
        let local = self.nanos.div_euclid(NANOS) as i64 + self.offset_minutes * 60;
        let (day_number, rest) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = date(day_number);
        Calendar {
            year,
            month,
            day,
            hour: (rest / 3_600) as u32,
            minute: (rest / 60 % 60) as u32,
            second: (rest % 60) as u32,
            weekday: (day_number + 4).rem_euclid(7) as usize,
        }
    }

    /// `+02:00`, or with another separator.
    fn offset(self, separator: &str) -> String {
        let minutes = self.offset_minutes.abs();
        format!("{}{:02}{separator}{:02}", if self.offset_minutes < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
    }

    fn print(self) -> String {
        let c = self.calendar();
        let fraction = self.nanos.rem_euclid(NANOS);
        let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:09}").trim_end_matches('0').to_string() };
        let offset = if self.offset_minutes == 0 { "Z".into() } else { self.offset(":") };
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{fraction}{offset}", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }
}

/// True for text such as `1h30m`.
pub(crate) fn is_duration(text: &str) -> bool {
    duration(text).is_some()
}

/// A duration such as `1h30m`, in nanoseconds.
fn duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (whole, fraction) = rest.get(..end)?.split_once('.').unwrap_or((rest.get(..end)?, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        rest = rest.get(end..)?;
        let units: [(&str, i128); 7] =
            [("ns", 1), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000), ("h", 3_600 * NANOS), ("m", 60 * NANOS), ("s", NANOS)];
        let (name, unit) = units.into_iter().find(|(name, _)| rest.starts_with(name))?;
        rest = rest.get(name.len()..)?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let digits: String = fraction.chars().take(12).collect();
        let part: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?.checked_add(part * unit / 10i128.pow(digits.len() as u32))?;
    }
    // About 292 years, as with a 64-bit count of nanoseconds.
    (total <= i128::from(i64::MAX)).then_some(if negative { -total } else { total })
}

fn timeadd(_: &Context, a: &[Value]) -> Outcome {
    let time = Time::parse(a, 0)?;
    let Some(by) = duration(text(a, 1)) else {
        return Err(Failure::Argument(1, format!("\"{}\" is no duration such as 1h30m", text(a, 1))));
    };
    Ok(Time { nanos: time.nanos + by, ..time }.print().into())
}

fn timecmp(_: &Context, a: &[Value]) -> Outcome {
    let (x, y) = (Time::parse(a, 0)?, Time::parse(a, 1)?);
    Ok(Value::number(x.nanos.cmp(&y.nanos) as i64))
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn formatdate(_: &Context, a: &[Value]) -> Outcome {
    let time = Time::parse(a, 1)?;
    let c = time.calendar();
    let month = MONTHS.get(c.month as usize - 1).copied().unwrap_or("");
    let weekday = WEEKDAYS.get(c.weekday).copied().unwrap_or("");
    let short = |name: &'static str| name.get(..3).unwrap_or(name);
    let twelve = if c.hour % 12 == 0 { 12 } else { c.hour % 12 };
    let mut out = String::new();
    let mut chars = text(a, 0).chars().peekable();
    while let Some(ch) = chars.next() {
        if ch == '\'' {
            loop {
                match chars.next() {
                    Some('\'') if chars.peek() == Some(&'\'') => {
                        chars.next();
                        out.push('\'');
                    }
                    Some('\'') => break,
                    Some(inner) => out.push(inner),
                    None => return Err(Failure::Argument(0, "a quoted part is not closed".into())),
                }
            }
            continue;
        }
        if !ch.is_ascii_alphabetic() {
            out.push(ch);
            continue;
        }
        let mut word = String::from(ch);
        while chars.peek() == Some(&ch) {
            chars.next();
            word.push(ch);
        }
        let piece = match word.as_str() {
            "YYYY" => format!("{:04}", c.year),
            "YY" => format!("{:02}", c.year.rem_euclid(100)),
            "MMMM" => month.into(),
            "MMM" => short(month).into(),
            "MM" => format!("{:02}", c.month),
            "M" => c.month.to_string(),
            "DD" => format!("{:02}", c.day),
            "D" => c.day.to_string(),
            "EEEE" => weekday.into(),
            "EEE" => short(weekday).into(),
            "hh" => format!("{:02}", c.hour),
            "h" => c.hour.to_string(),
            "HH" => format!("{twelve:02}"),
            "H" => twelve.to_string(),
            "AA" => if c.hour < 12 { "AM" } else { "PM" }.into(),
            "aa" => if c.hour < 12 { "am" } else { "pm" }.into(),
            "mm" => format!("{:02}", c.minute),
            "m" => c.minute.to_string(),
            "ss" => format!("{:02}", c.second),
            "s" => c.second.to_string(),
            "ZZZZZ" => time.offset(":"),
            "ZZZZ" => time.offset(""),
            "ZZZ" if time.offset_minutes == 0 => "UTC".into(),
            "ZZZ" => time.offset(""),
            "Z" if time.offset_minutes == 0 => "Z".into(),
            "Z" => time.offset(":"),
            other => return Err(Failure::Argument(0, format!("\"{other}\" means nothing in a date's form; put text in single quotes"))),
        };
        out.push_str(&piece);
    }
    Ok(out.into())
}
