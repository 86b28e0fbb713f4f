//! Operators, equality, and the one type of two values.

use crate::syntax::ast::{BinaryOp, UnaryOp};
use cairn_model::convert::{convert, unify};
use cairn_model::{Kind, Number, Type, Value};

/// What is wrong, and with which operand: true for the left one.
type OperandError = (Option<bool>, String);

fn wanted(value: &Value, ty: &Type) -> Result<Value, String> {
    if value.is_null() {
        return Err("This operand is null, and the operator needs a value.".into());
    }
    convert(value, ty)
        .map_err(|_| format!("This operand must be a {}, and it is {}.", ty.friendly(), super::expression::article(&value.friendly_type())))
}

pub(crate) fn unary(op: UnaryOp, value: &Value) -> Result<Value, String> {
    let (ty, apply): (Type, fn(&Value) -> Option<Value>) = match op {
        UnaryOp::Negate => (Type::Number, |v| v.as_number().map(|n| Value::number(n.negate()))),
        UnaryOp::Not => (Type::Bool, |v| v.as_bool().map(|b| Value::bool(!b))),
    };
    let operand = wanted(value, &ty)?;
    Ok(apply(&operand).unwrap_or(Value::unknown(ty)).marked_like(&[value]))
}

pub(crate) fn binary(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, OperandError> {
    use BinaryOp::*;
    match op {
        Equal | NotEqual => {
            let sensitive = left.contains_sensitive() || right.contains_sensitive();
            let value = match equal(left, right) {
                Some(same) => Value::bool(same == (op == Equal)),
                None => Value::unknown(Type::Bool),
            };
            Ok(value.with_sensitive(sensitive))
        }
        Or | And => {
            let l = wanted(left, &Type::Bool).map_err(|m| (Some(true), m))?;
            let r = wanted(right, &Type::Bool).map_err(|m| (Some(false), m))?;
            let value = match (op, l.as_bool(), r.as_bool()) {
                (And, Some(l), Some(r)) => Value::bool(l && r),
                (_, Some(l), Some(r)) => Value::bool(l || r),
                _ => Value::unknown(Type::Bool),
            };
            Ok(value.marked_like(&[left, right]))
        }
        _ => {
            let l = wanted(left, &Type::Number).map_err(|m| (Some(true), m))?;
            let r = wanted(right, &Type::Number).map_err(|m| (Some(false), m))?;
            let result_type = if matches!(op, Less | Greater | LessOrEqual | GreaterOrEqual) { Type::Bool } else { Type::Number };
            let value = match (l.as_number(), r.as_number()) {
                (Some(l), Some(r)) => {
                    let made = arithmetic(op, l, r).ok_or((Some(false), "Division by zero.".to_string()))?;
                    if made.as_number().is_some_and(Number::is_absurd) {
                        return Err((None, "The result has too many digits.".into()));
                    }
                    made
                }
                _ => Value::unknown(result_type),
            };
            Ok(value.marked_like(&[left, right]))
        }
    }
}

fn arithmetic(op: BinaryOp, l: &Number, r: &Number) -> Option<Value> {
    Some(match op {
        BinaryOp::Less => Value::bool(l < r),
        BinaryOp::Greater => Value::bool(l > r),
        BinaryOp::LessOrEqual => Value::bool(l <= r),
        BinaryOp::GreaterOrEqual => Value::bool(l >= r),
        BinaryOp::Add => Value::number(l.add(r)),
        BinaryOp::Subtract => Value::number(l.subtract(r)),
        BinaryOp::Multiply => Value::number(l.multiply(r)),
        BinaryOp::Divide => Value::number(l.divide(r)?),
        BinaryOp::Modulo => Value::number(l.remainder(r)?),
        _ => return None,
    })
}

/// Whether two values are equal, in type too; nothing where that is not known yet.
pub(crate) fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left.kind(), right.kind()) {
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => None,
        (Kind::List(a), Kind::List(b)) | (Kind::Tuple(a), Kind::Tuple(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all(a.iter().zip(b.iter()).map(|(a, b)| equal(a, b)))
        }
        (Kind::Set(a), Kind::Set(b)) => {
            if !left.is_wholly_known() || !right.is_wholly_known() {
                return None;
            }
            Some(a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b) == Some(true)))
        }
        (Kind::Map(a), Kind::Map(b)) | (Kind::Object(a), Kind::Object(b)) => {
            if !a.keys().eq(b.keys()) {
                return Some(false);
            }
            all(a.values().zip(b.values()).map(|(a, b)| equal(a, b)))
        }
        (a, b) => Some(a == b),
    }
}

/// True when all are; false when one is known not to be.
fn all(mut results: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    results
        .try_fold(Some(true), |so_far, r| match r {
            Some(false) => Err(()),
            Some(true) => Ok(so_far),
            None => Ok(None),
        })
        .unwrap_or(Some(false))
}

/// The one type of the two results of a conditional.
pub(crate) fn unified(a: &Value, b: &Value) -> Option<Type> {
    unify(&[a.ty(), b.ty()])
}
