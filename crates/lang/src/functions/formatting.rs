//! `format` and `formatlist`.

use super::*;
use cairn_model::Kind;
use cairn_model::convert::convert;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "format",
        doc: "Text made of a pattern with verbs such as %s and %d.",
        params: &[param("format", STRING)],
        variadic: Some(param("args", ANY).nulls().unknowns()),
        returns: string,
        call: format_one,
    },
    Function {
        name: "formatlist",
        doc: "A list of texts made of a pattern and the elements of lists.",
        params: &[param("format", STRING)],
        variadic: Some(param("args", ANY).nulls().unknowns()),
        returns: strings,
        call: format_list,
    },
];

fn format_one(_: &Context, a: &[Value]) -> Outcome {
    let arguments = a.get(1..).unwrap_or_default();
    render(text(a, 0), arguments).map(|t| t.map_or(Value::unknown(Type::String), Value::from))
}

fn format_list(_: &Context, a: &[Value]) -> Outcome {
    let arguments = a.get(1..).unwrap_or_default();
    let mut length: Option<usize> = None;
    for (i, value) in arguments.iter().enumerate() {
        let list = matches!(value.kind(), Kind::List(_) | Kind::Set(_) | Kind::Tuple(_));
        if matches!(value.kind(), Kind::Unknown(Type::List(_) | Type::Set(_) | Type::Dynamic)) {
            return Ok(Value::unknown(Type::list(Type::String)));
        }
        if !list {
            continue;
        }
        let n = value.elements().unwrap_or_default().len();
        match length {
            Some(before) if before != n => {
                return Err(Failure::Argument(i + 1, format!("has {n} elements where another list has {before}")));
            }
            _ => length = Some(n),
        }
    }
    let rows = length.unwrap_or(1);
    let mut out = Vec::with_capacity(rows);
    for row in 0..rows {
        let one: Vec<Value> = arguments
            .iter()
            .map(|v| match v.elements() {
                Some(e) => e.get(row).cloned().unwrap_or_else(Value::null),
                None => v.clone(),
            })
            .collect();
        out.push(render(text(a, 0), &one)?.map_or(Value::unknown(Type::String), Value::from));
    }
    Ok(Value::list(out))
}

/// Flags, width and precision of a verb.
#[derive(Default)]
struct Spec {
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// No verb needs to pad further.
const MAX_WIDTH: usize = 10_000;

/// The text; nothing when an argument that it needs is not known.
fn render(pattern: &str, arguments: &[Value]) -> Result<Option<String>, Failure> {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut next = 0usize;
    let mut highest = 0usize;
    let mut unknown = false;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.peek() == Some(&'%') {
            chars.next();
            out.push('%');
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.peek() {
            match flag {
                '+' => spec.plus = true,
                '-' => spec.minus = true,
                ' ' => spec.space = true,
                '0' => spec.zero = true,
                '#' => spec.sharp = true,
                _ => break,
            }
            chars.next();
        }
        let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| -> Result<Option<usize>, Failure> {
            let mut n: Option<usize> = None;
            while let Some(digit) = chars.peek().and_then(|d| d.to_digit(10)) {
                chars.next();
                n = Some(n.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize));
            }
            if n.is_some_and(|n| n > MAX_WIDTH) {
                return Err(Failure::Argument(0, format!("a width or precision may be up to {MAX_WIDTH}")));
            }
            Ok(n)
        };
        spec.width = number(&mut chars)?;
        if chars.peek() == Some(&'.') {
            chars.next();
            spec.precision = Some(number(&mut chars)?.unwrap_or(0));
        }
        if chars.peek() == Some(&'[') {
            chars.next();
            let index = number(&mut chars)?;
            match (index, chars.next()) {
                (Some(i), Some(']')) if i > 0 => next = i - 1,
                _ => return Err(Failure::Argument(0, "an index in a verb is a number in brackets, such as %[1]s".into())),
            }
        }
        let Some(verb) = chars.next() else { return Err("the pattern ends within a verb".into()) };
        if !"vtbdoxXeEfgGsq".contains(verb) {
            return Err(format!("there is no verb %{verb}").into());
        }
        let Some(value) = arguments.get(next) else {
            return Err(format!("not enough arguments for %{verb}: the pattern asks for number {}", next + 1).into());
        };
        next += 1;
        highest = highest.max(next);
        if !value.is_wholly_known() || (value.is_null() && verb != 'v') {
            if value.is_null() {
                return Err(format!("number {next} is null, which %{verb} can't write").into());
            }
            unknown = true;
            continue;
        }
        out.push_str(&one(verb, &spec, value)?);
    }
    if highest < arguments.len() {
        return Err(Failure::Argument(highest + 1, format!("too many arguments: the pattern uses {highest}")));
    }
    Ok((!unknown).then_some(out))
}

fn as_number(verb: char, value: &Value) -> Result<Number, Failure> {
    let n = convert(value, &Type::Number).ok().and_then(|v| v.as_number().cloned());
    n.ok_or_else(|| format!("%{verb} needs a number, not {}", value.friendly_type()).into())
}

fn as_text(verb: char, value: &Value) -> Result<String, Failure> {
    let t = convert(value, &Type::String).ok().and_then(|v| v.as_str().map(str::to_string));
    t.ok_or_else(|| format!("%{verb} needs text, not {}", value.friendly_type()).into())
}

fn one(verb: char, spec: &Spec, value: &Value) -> Result<String, Failure> {
    match verb {
        'v' => match value.kind() {
            Kind::String(s) if !spec.sharp => Ok(pad(spec, cut(spec, s))),
            Kind::Number(n) if !spec.sharp => Ok(pad_number(spec, sign(spec, general(spec, n, 21)))),
            Kind::Bool(b) if !spec.sharp => Ok(b.to_string()),
            _ => Ok(pad(spec, json_text::encode(value))),
        },
        't' => match convert(value, &Type::Bool).ok().and_then(|v| v.as_bool()) {
            Some(b) => Ok(b.to_string()),
            None => Err(format!("%t needs a bool, not {}", value.friendly_type()).into()),
        },
        's' => Ok(pad(spec, cut(spec, &as_text(verb, value)?))),
        'q' => Ok(pad(spec, json_text::encode(&Value::from(cut(spec, &as_text(verb, value)?))))),
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let n = as_number(verb, value)?;
            if !n.is_whole() {
                return Err(format!("%{verb} needs a whole number, not {n}").into());
            }
            if verb != 'd' && n.to_string().len() > 100 {
                return Err(format!("%{verb} can't write a number of more than 100 digits").into());
            }
            let digits = match verb {
                'd' => n.to_string(),
                'b' => in_base(&n, 2),
                'o' => in_base(&n, 8),
                'x' => in_base(&n, 16),
                _ => in_base(&n, 16).to_uppercase(),
            };
            Ok(pad_number(spec, sign(spec, digits)))
        }
        'f' => Ok(pad_number(spec, sign(spec, format!("{:.*}", spec.precision.unwrap_or(6), as_number(verb, value)?.as_f64())))),
        'e' | 'E' => {
            let t = exponent(as_number(verb, value)?.as_f64(), spec.precision.unwrap_or(6));
            Ok(pad_number(spec, sign(spec, if verb == 'E' { t.to_uppercase() } else { t })))
        }
        _ => {
            let t = general(spec, &as_number(verb, value)?, 6);
            Ok(pad_number(spec, sign(spec, if verb == 'G' { t.to_uppercase() } else { t })))
        }
    }
}

fn in_base(n: &Number, base: i64) -> String {
    let negative = *n < Number::from(0);
    let mut rest = if negative { n.negate() } else { n.clone() };
    let base = Number::from(base);
    let mut digits = Vec::new();
    while let Some(digit) = rest.remainder(&base).and_then(|d| d.as_i64()) {
        digits.push(char::from_digit(digit as u32, 16).unwrap_or('0'));
        // Without the remainder the division comes out even.
        let Some(quotient) = rest.subtract(&Number::from(digit)).divide(&base) else { break };
        rest = quotient;
        if rest.is_zero() {
            break;
        }
    }
    if negative {
        digits.push('-');
    }
    digits.into_iter().rev().collect()
}

/// `1.234560e+05`.
fn exponent(f: f64, precision: usize) -> String {
    let t = format!("{f:.precision$e}");
    match t.split_once('e') {
        Some((mantissa, exp)) => {
            let (sign, digits) = match exp.strip_prefix('-') {
                Some(d) => ('-', d),
                None => ('+', exp),
            };
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => t,
    }
}

/// The shortest form: plain, or with an exponent where the number is very small, or has more than
/// `limit` digits before the point.
fn general(spec: &Spec, n: &Number, limit: i32) -> String {
    let f = n.as_f64();
    if f == 0.0 {
        return "0".into();
    }
    let digits = spec.precision.map(|p| p.max(1));
    let shortest = match digits {
        Some(p) => format!("{f:.*e}", p - 1),
        None => format!("{f:e}"),
    };
    let exp: i32 = shortest.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let limit = digits.map_or(limit, |p| p as i32);
    if exp < -4 || exp >= limit {
        let (mantissa, _) = shortest.split_once('e').unwrap_or((&shortest, "0"));
        let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
        return format!("{mantissa}e{}{:02}", if exp < 0 { '-' } else { '+' }, exp.abs());
    }
    match digits {
        None => n.to_string(),
        Some(p) => {
            let t = format!("{f:.*}", usize::try_from(p as i32 - 1 - exp).unwrap_or(0));
            if t.contains('.') { t.trim_end_matches('0').trim_end_matches('.').to_string() } else { t }
        }
    }
}

fn sign(spec: &Spec, number: String) -> String {
    match () {
        () if number.starts_with('-') => number,
        () if spec.plus => format!("+{number}"),
        () if spec.space => format!(" {number}"),
        () => number,
    }
}

fn cut(spec: &Spec, text: &str) -> String {
    match spec.precision {
        Some(n) => text.chars().take(n).collect(),
        None => text.to_string(),
    }
}

fn pad(spec: &Spec, text: String) -> String {
    let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
    let fill = " ".repeat(missing);
    if spec.minus { text + &fill } else { fill + &text }
}

fn pad_number(spec: &Spec, number: String) -> String {
    if !spec.zero || spec.minus {
        return pad(spec, number);
    }
    let missing = spec.width.unwrap_or(0).saturating_sub(number.chars().count());
    let digits = number.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (sign, rest) = number.split_at(digits);
    format!("{sign}{}{rest}", "0".repeat(missing))
}
