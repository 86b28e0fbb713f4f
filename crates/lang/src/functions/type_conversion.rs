//! Functions that change a value's type or mark.

use super::*;
use cairn_model::convert::{convert, unify};

const V: Param = param("v", ANY).nulls().unknowns().marks();

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "ephemeralasnull",
        doc: "A value with ephemeral ones replaced by null; none are ephemeral here.",
        params: &[V],
        variadic: None,
        returns: any,
        call: |_, a| Ok(argument(a, 0)),
    },
    Function {
        name: "issensitive",
        doc: "Whether a value is marked sensitive.",
        params: &[V],
        variadic: None,
        returns: bool,
        call: |_, a| Ok(argument(a, 0).is_sensitive().into()),
    },
    Function {
        name: "nonsensitive",
        doc: "A value without its sensitive mark.",
        params: &[V],
        variadic: None,
        returns: any,
        call: |_, a| Ok(argument(a, 0).unmarked()),
    },
    Function {
        name: "sensitive",
        doc: "A value marked sensitive.",
        params: &[V],
        variadic: None,
        returns: any,
        call: |_, a| Ok(argument(a, 0).sensitive()),
    },
    Function { name: "tobool", doc: "A value as a bool.", params: &[V], variadic: None, returns: bool, call: |_, a| to(a, &Type::Bool) },
    Function {
        name: "tolist",
        doc: "A value as a list.",
        params: &[V],
        variadic: None,
        returns: any,
        call: |_, a| to(a, &Type::list(Type::Dynamic)),
    },
    Function {
        name: "tomap",
        doc: "A value as a map.",
        params: &[V],
        variadic: None,
        returns: any,
        call: |_, a| to(a, &Type::map(Type::Dynamic)),
    },
    Function {
        name: "tonumber",
        doc: "A value as a number.",
        params: &[V],
        variadic: None,
        returns: number,
        call: |_, a| to(a, &Type::Number),
    },
    Function {
        name: "toset",
        doc: "A value as a set.",
        params: &[V],
        variadic: None,
        returns: any,
        call: |_, a| to(a, &Type::set(Type::Dynamic)),
    },
    Function {
        name: "tostring",
        doc: "A value as text.",
        params: &[V],
        variadic: None,
        returns: string,
        call: |_, a| to(a, &Type::String),
    },
];

fn to(a: &[Value], ty: &Type) -> Outcome {
    let given = argument(a, 0);
    let made = convert(&given, ty)
        .map_err(|e| Failure::Argument(0, format!("{} can't be converted to {}: {e}", given.friendly_type(), ty.friendly())))?;
    if matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(_)) {
        let types: Vec<Type> = made.children().map(Value::ty).collect();
        let uniform = unify(&types).is_some_and(|t| made.children().all(|v| v.is_null() || convert(v, &t).as_ref() == Ok(v)));
        if !uniform {
            return Err(Failure::Argument(
                0,
                format!("{} can't be converted to {}: all elements must be of one type", given.friendly_type(), ty.friendly()),
            ));
        }
    }
    Ok(made)
}
