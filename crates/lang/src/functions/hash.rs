//! Digests.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Digest;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "base64sha256",
        doc: "The SHA-256 digest of text, in Base64.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(STANDARD.encode(sha2::Sha256::digest(text(a, 0))).into()),
    },
    Function {
        name: "base64sha512",
        doc: "The SHA-512 digest of text, in Base64.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(STANDARD.encode(sha2::Sha512::digest(text(a, 0))).into()),
    },
    Function {
        name: "filebase64sha256",
        doc: "The SHA-256 digest of a file, in Base64.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |c, a| Ok(STANDARD.encode(sha2::Sha256::digest(bytes(c, a)?)).into()),
    },
    Function {
        name: "filebase64sha512",
        doc: "The SHA-512 digest of a file, in Base64.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |c, a| Ok(STANDARD.encode(sha2::Sha512::digest(bytes(c, a)?)).into()),
    },
    Function {
        name: "filemd5",
        doc: "The MD5 digest of a file, in hexadecimal.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |c, a| Ok(hex(&md5::Md5::digest(bytes(c, a)?))),
    },
    Function {
        name: "filesha1",
        doc: "The SHA-1 digest of a file, in hexadecimal.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |c, a| Ok(hex(&sha1::Sha1::digest(bytes(c, a)?))),
    },
    Function {
        name: "filesha256",
        doc: "The SHA-256 digest of a file, in hexadecimal.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |c, a| Ok(hex(&sha2::Sha256::digest(bytes(c, a)?))),
    },
    Function {
        name: "filesha512",
        doc: "The SHA-512 digest of a file, in hexadecimal.",
        params: &[param("path", STRING)],
        variadic: None,
        returns: string,
        call: |c, a| Ok(hex(&sha2::Sha512::digest(bytes(c, a)?))),
    },
    Function {
        name: "md5",
        doc: "The MD5 digest of text, in hexadecimal.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(hex(&md5::Md5::digest(text(a, 0)))),
    },
    Function {
        name: "sha1",
        doc: "The SHA-1 digest of text, in hexadecimal.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(hex(&sha1::Sha1::digest(text(a, 0)))),
    },
    Function {
        name: "sha256",
        doc: "The SHA-256 digest of text, in hexadecimal.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(hex(&sha2::Sha256::digest(text(a, 0)))),
    },
    Function {
        name: "sha512",
        doc: "The SHA-512 digest of text, in hexadecimal.",
        params: &[param("str", STRING)],
        variadic: None,
        returns: string,
        call: |_, a| Ok(hex(&sha2::Sha512::digest(text(a, 0)))),
    },
    Function {
        name: "uuidv5",
        doc: "The UUID that a namespace and a name determine.",
        params: &[param("namespace", STRING), param("name", STRING)],
        variadic: None,
        returns: string,
        call: uuidv5,
    },
];

fn bytes(context: &Context, a: &[Value]) -> Result<Vec<u8>, Failure> {
    filesystem::read(context, text(a, 0)).map_err(|m| Failure::Argument(0, m))
}

fn hex(bytes: &[u8]) -> Value {
    Value::from(bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
}

/// The 16 bytes that a UUID's text spells.
fn parse_uuid(text: &str) -> Option<Vec<u8>> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    if lengths != [8, 4, 4, 4, 12] {
        return None;
    }
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b'-').collect();
    digits.chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|p| u8::from_str_radix(p, 16).ok())).collect()
}

/// RFC 4122, version 5: a SHA-1 digest of namespace and name.
fn uuidv5(_: &Context, a: &[Value]) -> Outcome {
    let last = match text(a, 0) {
        "dns" => "0",
        "url" => "1",
        "oid" => "2",
        "x500" => "4",
        _ => "",
    };
    let namespace = if last.is_empty() { text(a, 0).to_string() } else { format!("6ba7b81{last}-9dad-11d1-80b4-00c04fd430c8") };
    let Some(namespace) = parse_uuid(&namespace) else {
        return Err(Failure::Argument(0, "a UUID, or one of dns, url, oid and x500 is required".into()));
    };
    let digest = sha1::Sha1::new().chain_update(namespace).chain_update(text(a, 1)).finalize();
    let mut bytes: Vec<u8> = digest.iter().copied().take(16).collect();
    if let Some(b) = bytes.get_mut(6) {
        *b = (*b & 0x0f) | 0x50;
    }
    if let Some(b) = bytes.get_mut(8) {
        *b = (*b & 0x3f) | 0x80;
    }
    let mut out = String::new();
    for (i, b) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{b:02x}"));
    }
    Ok(out.into())
}
