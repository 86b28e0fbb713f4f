//! Functions on sets.

use super::*;
use cairn_model::Kind;
use cairn_model::convert::{convert, unify};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "setintersection",
        doc: "What all sets hold.",
        params: &[param("first_set", SET)],
        variadic: Some(param("other_sets", SET)),
        returns: first,
        call: |_, a| combine(a, false, |x, y| x.iter().filter(|v| y.contains(v)).cloned().collect()),
    },
    Function {
        name: "setproduct",
        doc: "Every combination of elements of several collections.",
        params: &[],
        variadic: Some(param("sets", ANY)),
        returns: any,
        call: setproduct,
    },
    Function {
        name: "setsubtract",
        doc: "What the first set holds and the second doesn't.",
        params: &[param("a", SET), param("b", SET)],
        variadic: None,
        returns: first,
        call: |_, a| combine(a, false, |x, y| x.iter().filter(|v| !y.contains(v)).cloned().collect()),
    },
    Function {
        name: "setunion",
        doc: "What any of the sets holds.",
        params: &[param("first_set", SET)],
        variadic: Some(param("other_sets", SET)),
        returns: first,
        call: |_, a| combine(a, true, |x, y| x.iter().chain(y).cloned().collect()),
    },
];

fn first(a: &[Value]) -> Type {
    argument(a, 0).ty()
}

/// `unknown`: elements that are not known yet are no obstacle.
fn combine(a: &[Value], unknown: bool, with: fn(&[Value], &[Value]) -> Vec<Value>) -> Outcome {
    let Some(ty) = unify(&a.iter().map(Value::ty).collect::<Vec<_>>()) else { return Err("all sets must be of one type".into()) };
    if !unknown && a.iter().any(|v| !v.is_wholly_known()) {
        return Ok(Value::unknown(ty));
    }
    let mut sets = a.iter().map(|v| convert(v, &ty).unwrap_or_else(|_| v.clone()));
    let Some(mut result) = sets.next() else { return Err("at least one set is required".into()) };
    for next in sets {
        result = Value::set(with(result.elements().unwrap_or_default(), next.elements().unwrap_or_default()));
    }
    Ok(result)
}

/// How many combinations are made at most.
const MAX_PRODUCT: usize = 1_000_000;

fn setproduct(_: &Context, a: &[Value]) -> Outcome {
    if a.len() < 2 {
        return Err("at least two arguments are required".into());
    }
    let mut total = 1usize;
    for (i, set) in a.iter().enumerate() {
        let Some(elements) = set.elements() else { return Err(Failure::Argument(i, "a list, set or tuple is required".into())) };
        total = total.saturating_mul(elements.len());
    }
    if total > MAX_PRODUCT {
        return Err(format!("this would make {total} combinations; the limit is {MAX_PRODUCT}").into());
    }
    let sets = a.iter().all(|v| matches!(v.kind(), Kind::Set(_)));
    if sets && a.iter().any(|v| !v.is_wholly_known()) {
        return Ok(Value::unknown(Type::set(Type::Dynamic)));
    }
    // Elements of a tuple are made one type first, as those of a list are.
    let lists: Vec<Vec<Value>> = a
        .iter()
        .map(|v| {
            let elements = v.elements().unwrap_or_default();
            match convert(v, &Type::list(Type::Dynamic)) {
                Ok(list) => list.elements().unwrap_or_default().to_vec(),
                Err(_) => elements.to_vec(),
            }
        })
        .collect();
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for list in &lists {
        rows = rows.iter().flat_map(|row| list.iter().map(move |v| row.iter().cloned().chain([v.clone()]).collect())).collect();
    }
    let made: Vec<Value> = rows.into_iter().map(Value::tuple).collect();
    Ok(if sets { Value::set(made) } else { Value::list(made) })
}
