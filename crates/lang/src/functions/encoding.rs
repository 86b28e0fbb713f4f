//! Functions that write values as text and read them back.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "base64decode",
        doc: "The text that Base64 stands for.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: base64decode,
    },
    Function {
        name: "base64encode",
        doc: "Text in Base64.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(STANDARD.encode(text(a, 0)).into()),
    },
    Function {
        name: "csvdecode",
        doc: "A list of objects from comma-separated values with a header.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: any,
        call: |_, a| csv::decode(text(a, 0)),
    },
    Function {
        name: "jsondecode",
        doc: "The value that JSON stands for.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: any,
        call: jsondecode,
    },
    Function {
        name: "jsonencode",
        doc: "A value as JSON.",
        params: &[param("val", ANY).nulls().unknowns()],
        variadic: None,
        returns: string,
        call: jsonencode,
    },
    Function {
        name: "textdecodebase64",
        doc: "The text that Base64 of another character encoding stands for.",
        params: &[param("source", STRING), param("encoding", STRING)],
        variadic: None,
        returns: string,
        call: textdecode,
    },
    Function {
        name: "textencodebase64",
        doc: "Text in another character encoding, in Base64.",
        params: &[param("string", STRING), param("encoding", STRING)],
        variadic: None,
        returns: string,
        call: textencode,
    },
    Function {
        name: "urlencode",
        doc: "Text as it may stand in a URL's query.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: urlencode,
    },
    Function {
        name: "yamldecode",
        doc: "The value that YAML stands for.",
        params: &[param("src", STRING)],
        variadic: None,
        returns: any,
        call: |_, a| yaml::decode(text(a, 0)),
    },
    Function {
        name: "yamlencode",
        doc: "A value as YAML.",
        params: &[param("value", ANY).nulls().unknowns()],
        variadic: None,
        returns: string,
        call: yamlencode,
    },
];

fn bytes(a: &[Value]) -> Result<Vec<u8>, Failure> {
    STANDARD.decode(text(a, 0)).map_err(|e| Failure::Argument(0, format!("this is no Base64: {e}")))
}

fn base64decode(_: &Context, a: &[Value]) -> Outcome {
    match String::from_utf8(bytes(a)?) {
        Ok(text) => Ok(text.into()),
        Err(_) => Err("what was decoded is not UTF-8 text".into()),
    }
}

fn jsondecode(_: &Context, a: &[Value]) -> Outcome {
    json_text::decode(text(a, 0)).map_err(|e| Failure::Call(format!("this is no JSON: {e}")))
}

fn jsonencode(_: &Context, a: &[Value]) -> Outcome {
    let value = argument(a, 0);
    if !value.is_wholly_known() {
        return Ok(Value::unknown(Type::String));
    }
    Ok(json_text::encode(&value).into())
}

fn yamlencode(_: &Context, a: &[Value]) -> Outcome {
    let value = argument(a, 0);
    if !value.is_wholly_known() {
        return Ok(Value::unknown(Type::String));
    }
    Ok(yaml::encode(&value).into())
}

fn urlencode(_: &Context, a: &[Value]) -> Outcome {
    let mut out = String::new();
    for b in text(a, 0).bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(b as char),
            b' ' => out.push('+'),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    Ok(out.into())
}

/// The character encodings that are supported.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Utf16 { little: bool },
    Latin1,
}

fn charset(a: &[Value]) -> Result<Charset, Failure> {
    match text(a, 1).to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" => Ok(Charset::Utf8),
        "UTF-16LE" => Ok(Charset::Utf16 { little: true }),
        "UTF-16BE" | "UTF-16" => Ok(Charset::Utf16 { little: false }),
        "ISO-8859-1" | "LATIN1" => Ok(Charset::Latin1),
        other => Err(Failure::Argument(1, format!("\"{other}\" is not supported; UTF-8, UTF-16LE, UTF-16BE and ISO-8859-1 are"))),
    }
}

fn textencode(_: &Context, a: &[Value]) -> Outcome {
    let given = text(a, 0);
    let bytes: Vec<u8> = match charset(a)? {
        Charset::Utf8 => given.as_bytes().to_vec(),
        Charset::Utf16 { little } => given.encode_utf16().flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect(),
        Charset::Latin1 => given
            .chars()
            .map(|c| u8::try_from(c as u32).map_err(|_| Failure::Argument(0, format!("\"{c}\" can't be written in ISO-8859-1"))))
            .collect::<Result<_, _>>()?,
    };
    Ok(STANDARD.encode(bytes).into())
}

fn textdecode(_: &Context, a: &[Value]) -> Outcome {
    let bytes = bytes(a)?;
    let wrong = || Failure::Argument(0, "the bytes are no text in this encoding".into());
    let decoded = match charset(a)? {
        Charset::Utf8 => String::from_utf8(bytes).map_err(|_| wrong())?,
        Charset::Utf16 { little } => {
            let units: Option<Vec<u16>> = bytes
                .chunks(2)
                .map(|pair| <[u8; 2]>::try_from(pair).ok().map(|p| if little { u16::from_le_bytes(p) } else { u16::from_be_bytes(p) }))
                .collect();
            String::from_utf16(&units.ok_or_else(wrong)?).map_err(|_| wrong())?
        }
        Charset::Latin1 => bytes.into_iter().map(char::from).collect(),
    };
    Ok(decoded.into())
}
