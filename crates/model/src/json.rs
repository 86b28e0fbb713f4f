//! Values as JSON, with Terraform's shapes beside it for what is unknown and what is sensitive.

use crate::number::Number;
use crate::types::Type;
use crate::value::{Kind, Value};
use serde_json::{Map, Value as Json};

/// The number as JSON, exact where JSON readers keep it exact.
fn number(n: &Number) -> Json {
    match n.as_i64() {
        Some(i) => Json::from(i),
        None => serde_json::Number::from_f64(n.as_f64()).map_or_else(|| Json::String(n.to_string()), Json::Number),
    }
}

/// The whole value, sensitive parts included: for sending to AWS and for `jsonencode`, never for
/// showing. Unknown parts are left out of objects and are `null` in lists.
pub fn to_json(value: &Value) -> Json {
    encode(value, &mut |_| None)
}

/// The value as a plan or an output may show it: what is sensitive is `null`, unknown parts are left out.
pub fn to_json_shown(value: &Value) -> Json {
    encode(value, &mut |v| v.is_sensitive().then_some(Json::Null))
}

fn encode(value: &Value, replace: &mut dyn FnMut(&Value) -> Option<Json>) -> Json {
    if let Some(json) = replace(value) {
        return json;
    }
    match value.kind() {
        Kind::Null | Kind::Unknown(_) => Json::Null,
        Kind::Bool(b) => Json::Bool(*b),
        Kind::Number(n) => number(n),
        Kind::String(s) => Json::String(s.to_string()),
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => Json::Array(e.iter().map(|v| encode(v, replace)).collect()),
        Kind::Map(e) | Kind::Object(e) => {
            Json::Object(e.iter().filter(|(_, v)| !v.is_unknown()).map(|(k, v)| (k.clone(), encode(v, replace))).collect())
        }
    }
}

/// `after_unknown`: the shape of the value with `true` for each unknown part; known parts are left out
/// of objects and are `false` in lists.
pub fn unknown_shape(value: &Value) -> Json {
    shape(value, &|v| v.is_unknown())
}

/// `after_sensitive`: the same for what is sensitive.
pub fn sensitive_shape(value: &Value) -> Json {
    shape(value, &|v| v.is_sensitive())
}

fn shape(value: &Value, is: &dyn Fn(&Value) -> bool) -> Json {
    if is(value) {
        return Json::Bool(true);
    }
    match value.kind() {
        Kind::List(e) | Kind::Set(e) | Kind::Tuple(e) => Json::Array(e.iter().map(|v| shape(v, is)).collect()),
        Kind::Map(e) | Kind::Object(e) => {
            Json::Object(e.iter().map(|(k, v)| (k.clone(), shape(v, is))).filter(|(_, s)| *s != Json::Bool(false)).collect::<Map<_, _>>())
        }
        _ => Json::Bool(false),
    }
}

/// A value from JSON: arrays become tuples and objects objects, as `jsondecode` gives them.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(),
        Json::Bool(b) => Value::bool(*b),
        Json::Number(n) => Number::parse(&n.to_string()).map_or_else(Value::null, Value::number),
        Json::String(s) => Value::string(s.as_str()),
        Json::Array(e) => Value::tuple(e.iter().map(from_json).collect()),
        Json::Object(e) => Value::object(e.iter().map(|(k, v)| (k.clone(), from_json(v))).collect()),
    }
}

/// A type as Terraform's JSON writes it: `"string"`, `["list","string"]`, `["object",{…}]`.
pub fn type_to_json(ty: &Type) -> Json {
    let pair = |word: &str, inner: Json| Json::Array(vec![Json::from(word), inner]);
    match ty {
        Type::Dynamic => Json::from("dynamic"),
        Type::Bool => Json::from("bool"),
        Type::Number => Json::from("number"),
        Type::String => Json::from("string"),
        Type::List(t) => pair("list", type_to_json(t)),
        Type::Set(t) => pair("set", type_to_json(t)),
        Type::Map(t) => pair("map", type_to_json(t)),
        Type::Tuple(e) => pair("tuple", Json::Array(e.iter().map(type_to_json).collect())),
        Type::Object(e, optional) => {
            let attributes = Json::Object(e.iter().map(|(k, t)| (k.clone(), type_to_json(t))).collect());
            let mut parts = vec![Json::from("object"), attributes];
            if !optional.is_empty() {
                parts.push(Json::Array(optional.iter().map(|o| Json::from(o.as_str())).collect()));
            }
            Json::Array(parts)
        }
    }
}
