//! Functions on numbers.

use super::*;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abs",
        doc: "A number without its sign.",
        params: &[param("num", NUMBER)],
        variadic: None,
        returns: number,
        call: |_, a| Ok(Value::number(absolute(num(a, 0)))),
    },
    Function {
        name: "ceil",
        doc: "The smallest whole number that is not smaller.",
        params: &[param("num", NUMBER)],
        variadic: None,
        returns: number,
        call: |_, a| Ok(Value::number(num(a, 0).ceil())),
    },
    Function {
        name: "floor",
        doc: "The greatest whole number that is not greater.",
        params: &[param("num", NUMBER)],
        variadic: None,
        returns: number,
        call: |_, a| Ok(Value::number(num(a, 0).floor())),
    },
    Function {
        name: "log",
        doc: "The logarithm of a number to a base.",
        params: &[param("num", NUMBER), param("base", NUMBER)],
        variadic: None,
        returns: number,
        call: log,
    },
    Function {
        name: "max",
        doc: "The greatest of its arguments.",
        params: &[],
        variadic: Some(param("numbers", NUMBER)),
        returns: number,
        call: |_, a| extreme(a, true),
    },
    Function {
        name: "min",
        doc: "The smallest of its arguments.",
        params: &[],
        variadic: Some(param("numbers", NUMBER)),
        returns: number,
        call: |_, a| extreme(a, false),
    },
    Function {
        name: "parseint",
        doc: "The whole number that text spells in a base.",
        params: &[param("number", ANY), param("base", NUMBER)],
        variadic: None,
        returns: number,
        call: parseint,
    },
    Function {
        name: "pow",
        doc: "A number to a power.",
        params: &[param("num", NUMBER), param("power", NUMBER)],
        variadic: None,
        returns: number,
        call: pow,
    },
    Function {
        name: "signum",
        doc: "-1, 0 or 1, by the sign of a number.",
        params: &[param("num", NUMBER)],
        variadic: None,
        returns: number,
        call: signum,
    },
    Function {
        name: "sum",
        doc: "The sum of a list or set of numbers.",
        params: &[param("list", ANY)],
        variadic: None,
        returns: number,
        call: sum,
    },
    Function {
        name: "range",
        doc: "Numbers from a start up to a limit, by a step.",
        params: &[],
        variadic: Some(param("params", NUMBER)),
        returns: |_| Type::list(Type::Number),
        call: range,
    },
];

fn absolute(n: Number) -> Number {
    if n < Number::from(0) { n.negate() } else { n }
}

fn extreme(a: &[Value], greatest: bool) -> Outcome {
    let numbers = a.iter().filter_map(Value::as_number);
    let found = if greatest { numbers.max() } else { numbers.min() };
    found.cloned().map(Value::number).ok_or_else(|| "at least one number is required".into())
}

fn from_float(f: f64) -> Outcome {
    Number::from_f64(f).map(Value::number).ok_or_else(|| "the result is no finite number".into())
}

fn log(_: &Context, a: &[Value]) -> Outcome {
    let (n, base) = (num(a, 0).as_f64(), num(a, 1).as_f64());
    from_float(n.ln() / base.ln())
}

fn pow(_: &Context, a: &[Value]) -> Outcome {
    let (n, power) = (num(a, 0), num(a, 1));
    from_float(n.as_f64().powf(power.as_f64()))
}

fn signum(_: &Context, a: &[Value]) -> Outcome {
    let (n, zero) = (num(a, 0), Number::from(0));
    Ok(Value::number(match n.cmp(&zero) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    }))
}

fn parseint(_: &Context, a: &[Value]) -> Outcome {
    let Some(given) = a.first().and_then(Value::as_str) else {
        return Err(Failure::Argument(0, "text is required".into()));
    };
    let base = whole(a, 1)?;
    if !(2..=62).contains(&base) {
        return Err(Failure::Argument(1, format!("a base from 2 to 62 is required, not {base}")));
    }
    let (negative, digits) = match given.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, given.strip_prefix('+').unwrap_or(given)),
    };
    let wrong = || Failure::Argument(0, format!("\"{given}\" is no whole number in base {base}"));
    if digits.is_empty() {
        return Err(wrong());
    }
    let mut n = Number::from(0);
    for c in digits.chars() {
        // Up to base 36 both cases mean the same; above, capitals follow the small letters.
        let value = match c {
            '0'..='9' => c as i64 - '0' as i64,
            'a'..='z' => c as i64 - 'a' as i64 + 10,
            'A'..='Z' if base <= 36 => c as i64 - 'A' as i64 + 10,
            'A'..='Z' => c as i64 - 'A' as i64 + 36,
            _ => return Err(wrong()),
        };
        if value >= base {
            return Err(wrong());
        }
        n = n.multiply(&Number::from(base)).add(&Number::from(value));
    }
    Ok(Value::number(if negative { n.negate() } else { n }))
}

fn sum(_: &Context, a: &[Value]) -> Outcome {
    let given = argument(a, 0);
    let Some(elements) = given.elements() else { return Err(Failure::Argument(0, "a list, set or tuple is required".into())) };
    if elements.is_empty() {
        return Err(Failure::Argument(0, "there must be at least one number".into()));
    }
    if !given.is_wholly_known() {
        return Ok(Value::unknown(Type::Number));
    }
    let mut total = Number::from(0);
    for element in elements {
        match cairn_model::convert::convert(element, &Type::Number) {
            Ok(n) if !n.is_null() => total = total.add(n.as_number().unwrap_or(&Number::from(0))),
            _ => return Err(Failure::Argument(0, "all elements must be numbers".into())),
        }
    }
    Ok(Value::number(total))
}

fn range(_: &Context, a: &[Value]) -> Outcome {
    let zero = Number::from(0);
    let (start, end, step) = match a.len() {
        1 => (zero.clone(), num(a, 0), None),
        2 => (num(a, 0), num(a, 1), None),
        3 => (num(a, 0), num(a, 1), Some(num(a, 2))),
        n => return Err(format!("one, two or three numbers are required, not {n}").into()),
    };
    let down = end < start;
    let step = step.unwrap_or_else(|| Number::from(if down { -1 } else { 1 }));
    if step.is_zero() {
        return Err(Failure::Argument(2, "the step must not be zero".into()));
    }
    if down != (step < zero) && start != end {
        return Err(Failure::Argument(2, "the step leads away from the limit".into()));
    }
    let mut out = Vec::new();
    let mut n = start;
    while if down { n > end } else { n < end } {
        if out.len() >= 1024 {
            return Err("more than 1024 numbers; this is the limit".into());
        }
        out.push(Value::number(n.clone()));
        n = n.add(&step);
    }
    Ok(Value::list(out))
}
