//! Functions on text.

use super::*;
use regex::Regex;
use std::collections::BTreeMap;
use unicode_segmentation::UnicodeSegmentation;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "chomp",
        doc: "Text without line breaks at its end.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(text(a, 0).trim_end_matches(['\r', '\n']).into()),
    },
    Function {
        name: "endswith",
        doc: "Whether text ends with another.",
        params: &[param("str", STRING), param("suffix", STRING)],
        variadic: None,
        returns: bool,
        call: |_, a| Ok(text(a, 0).ends_with(text(a, 1)).into()),
    },
    Function {
        name: "indent",
        doc: "Text with spaces before each line but the first.",
        params: &[param("spaces", NUMBER), param("str", STRING)],
        variadic: None,
        returns: string,
        call: indent,
    },
    Function {
        name: "join",
        doc: "The elements of lists as one text, with a separator between them.",
        params: &[param("separator", STRING)],
        variadic: Some(param("lists", STRINGS).unknowns()),
        returns: string,
        call: join,
    },
    Function {
        name: "lower",
        doc: "Text in small letters.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(text(a, 0).to_lowercase().into()),
    },
    Function {
        name: "regex",
        doc: "What a regular expression finds first: the text, or its captures.",
        params: &[param("pattern", STRING), param("string", STRING)],
        variadic: None,
        returns: regex_type,
        call: regex,
    },
    Function {
        name: "regexall",
        doc: "All that a regular expression finds.",
        params: &[param("pattern", STRING), param("string", STRING)],
        variadic: None,
        returns: |a| Type::list(regex_type(a)),
        call: regexall,
    },
    Function {
        name: "replace",
        doc: "Text with one text, or /regular expression/, replaced by another.",
        params: &[param("str", STRING), param("substr", STRING), param("replace", STRING)],
        variadic: None,
        returns: string,
        call: replace,
    },
    Function {
        name: "split",
        doc: "The parts of text between separators.",
        params: &[param("separator", STRING), param("str", STRING)],
        variadic: None,
        returns: strings,
        call: split,
    },
    Function {
        name: "startswith",
        doc: "Whether text begins with another.",
        params: &[param("str", STRING), param("prefix", STRING)],
        variadic: None,
        returns: bool,
        call: |_, a| Ok(text(a, 0).starts_with(text(a, 1)).into()),
    },
    Function {
        name: "strcontains",
        doc: "Whether text holds another.",
        params: &[param("str", STRING), param("substr", STRING)],
        variadic: None,
        returns: bool,
        call: |_, a| Ok(text(a, 0).contains(text(a, 1)).into()),
    },
    Function {
        name: "strrev",
        doc: "Text back to front.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(text(a, 0).graphemes(true).rev().collect::<String>().into()),
    },
    Function {
        name: "substr",
        doc: "A part of text, by its first character and length.",
        params: &[param("str", STRING), param("offset", NUMBER), param("length", NUMBER)],
        variadic: None,
        returns: string,
        call: substr,
    },
    Function {
        name: "title",
        doc: "Text with the first letter of each word in capitals.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: title,
    },
    Function {
        name: "trim",
        doc: "Text without certain characters at both ends.",
        params: &[param("str", STRING), param("cutset", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(text(a, 0).trim_matches(|c| text(a, 1).contains(c)).into()),
    },
    Function {
        name: "trimprefix",
        doc: "Text without another at its start.",
        params: &[param("str", STRING), param("prefix", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(text(a, 0).strip_prefix(text(a, 1)).unwrap_or(text(a, 0)).into()),
    },
    Function {
        name: "trimspace",
        doc: "Text without space at both ends.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(text(a, 0).trim().into()),
    },
    Function {
        name: "trimsuffix",
        doc: "Text without another at its end.",
        params: &[param("str", STRING), param("suffix", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(text(a, 0).strip_suffix(text(a, 1)).unwrap_or(text(a, 0)).into()),
    },
    Function {
        name: "upper",
        doc: "Text in capitals.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(text(a, 0).to_uppercase().into()),
    },
];

fn indent(_: &Context, a: &[Value]) -> Outcome {
    let spaces = usize::try_from(whole(a, 0)?).map_err(|_| Failure::Argument(0, "must not be negative".into()))?;
    if spaces > 10_000 {
        return Err(Failure::Argument(0, "must not be greater than 10000".into()));
    }
    Ok(text(a, 1).replace('\n', &format!("\n{}", " ".repeat(spaces))).into())
}

fn join(_: &Context, a: &[Value]) -> Outcome {
    if a.iter().any(|v| !v.is_wholly_known()) {
        return Ok(Value::unknown(Type::String));
    }
    let mut parts = Vec::new();
    if a.len() < 2 {
        return Err("at least one list is required".into());
    }
    for (i, list) in a.iter().enumerate().skip(1) {
        for (k, element) in list.elements().unwrap_or_default().iter().enumerate() {
            match element.as_str() {
                Some(part) => parts.push(part),
                None => return Err(Failure::Argument(i, format!("element {k} is null; join() needs text"))),
            }
        }
    }
    Ok(parts.join(text(a, 0)).into())
}

/// Compiles a regular expression; its size is bounded, so that no pattern takes all memory.
fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern)
        .map_err(|e| format!("this is no regular expression: {}", e.to_string().lines().last().unwrap_or("").trim_start_matches("error: ")))
}

fn regex_type(a: &[Value]) -> Type {
    match a.first().and_then(Value::as_str).and_then(|p| compile(p).ok()) {
        Some(re) => {
            let names: Vec<&str> = re.capture_names().flatten().collect();
            if !names.is_empty() {
                Type::object(names.into_iter().map(|n| (n.to_string(), Type::String)))
            } else if re.captures_len() > 1 {
                Type::Tuple(vec![Type::String; re.captures_len() - 1])
            } else {
                Type::String
            }
        }
        None => Type::Dynamic,
    }
}

/// What was found, as text or as captures by name or by place.
fn found(re: &Regex, captures: &regex::Captures<'_>) -> Result<Value, Failure> {
    let value = |m: Option<regex::Match<'_>>| m.map_or_else(Value::null, |m| m.as_str().into());
    let names: Vec<Option<&str>> = re.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(value(captures.get(0)));
    }
    if names.iter().all(Option::is_none) {
        return Ok(Value::tuple((1..re.captures_len()).map(|i| value(captures.get(i))).collect()));
    }
    if names.iter().any(Option::is_none) {
        return Err(Failure::Argument(0, "a regular expression may have captures with names or without, not both".into()));
    }
    Ok(Value::object(names.into_iter().flatten().map(|n| (n.to_string(), value(captures.name(n)))).collect::<BTreeMap<_, _>>()))
}

fn regex(_: &Context, a: &[Value]) -> Outcome {
    let re = compile(text(a, 0)).map_err(|m| Failure::Argument(0, m))?;
    match re.captures(text(a, 1)) {
        Some(captures) => found(&re, &captures),
        None => Err("the pattern did not match any part of the given text".into()),
    }
}

fn regexall(_: &Context, a: &[Value]) -> Outcome {
    let re = compile(text(a, 0)).map_err(|m| Failure::Argument(0, m))?;
    Ok(Value::list(re.captures_iter(text(a, 1)).map(|c| found(&re, &c)).collect::<Result<_, _>>()?))
}

fn replace(_: &Context, a: &[Value]) -> Outcome {
    let (given, old, new) = (text(a, 0), text(a, 1), text(a, 2));
    if old.len() > 1 && old.starts_with('/') && old.ends_with('/') {
        let re = compile(old.get(1..old.len() - 1).unwrap_or("")).map_err(|m| Failure::Argument(1, m))?;
        return Ok(re.replace_all(given, new).into_owned().into());
    }
    Ok(given.replace(old, new).into())
}

fn split(_: &Context, a: &[Value]) -> Outcome {
    let (separator, given) = (text(a, 0), text(a, 1));
    let parts: Vec<Value> = if separator.is_empty() {
        given.chars().map(|c| Value::from(c.to_string())).collect()
    } else {
        given.split(separator).map(Value::from).collect()
    };
    Ok(Value::list(parts))
}

fn substr(_: &Context, a: &[Value]) -> Outcome {
    let all: Vec<&str> = text(a, 0).graphemes(true).collect();
    let (offset, length) = (whole(a, 1)?, whole(a, 2)?);
    let start = if offset < 0 { all.len().saturating_sub(offset.unsigned_abs() as usize) } else { (offset as usize).min(all.len()) };
    let end = if length < 0 { all.len() } else { start.saturating_add(length as usize).min(all.len()) };
    Ok(all.get(start..end).unwrap_or_default().concat().into())
}

fn title(_: &Context, a: &[Value]) -> Outcome {
    let mut out = String::new();
    let mut before = ' ';
    for c in text(a, 0).chars() {
        let separates = if before.is_ascii() { !(before.is_ascii_alphanumeric() || before == '_') } else { before.is_whitespace() };
        if !separates {
            out.push(c);
        } else {
            out.extend(c.to_uppercase());
        }
        before = c;
    }
    Ok(out.into())
}
