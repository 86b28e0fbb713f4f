//! Which instances a block has: `count` and `for_each`.

use super::scope::ModuleScope;
use super::{Evaluator, ExpansionMemo, Repeated};
use crate::eval::{Fault, Names, Scope, evaluate, fault};
use crate::graph::{Item, Node};
use crate::load::config::Repetition;
use crate::references::each_reference;
use crate::source::At;
use crate::syntax::ast::Expr;
use cairn_model::convert::convert;
use cairn_model::{Diagnostic, Key, Kind, Type, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// The instances of a block.
#[derive(Clone, Debug)]
pub(super) enum Expansion {
    Single,
    Count(u64),
    Each(BTreeMap<Arc<str>, Value>),
    /// Which there are is not known: one stands for all.
    Unknown,
}

/// More instances than this in one block are a mistake.
const MAX_COUNT: i64 = 1_000_000;

impl Expansion {
    /// The keys of the instances, in order.
    pub fn keys(&self) -> Vec<Key> {
        match self {
            Expansion::Single | Expansion::Unknown => vec![Key::None],
            Expansion::Count(n) => (0..*n).map(Key::Int).collect(),
            Expansion::Each(entries) => entries.keys().map(|k| Key::String(k.clone())).collect(),
        }
    }

    pub fn contains(&self, key: &Key) -> bool {
        match (self, key) {
            (Expansion::Single | Expansion::Unknown, Key::None) => true,
            (Expansion::Count(n), Key::Int(i)) => i < n,
            (Expansion::Each(entries), Key::String(k)) => entries.contains_key(k),
            _ => false,
        }
    }

    /// What `each` and `count` are in an instance.
    pub fn repeated(&self, key: &Key) -> Repeated {
        match (self, key) {
            (Expansion::Count(_), Key::Int(i)) => Repeated { count: Some(Value::number(*i as i64)), each: None },
            (Expansion::Each(entries), Key::String(k)) => {
                let value = entries.get(k).cloned().unwrap_or_else(Value::null);
                Repeated { each: Some((Value::string(k.clone()), value)), count: None }
            }
            (Expansion::Unknown, _) => {
                let (key, value) = (Value::unknown(Type::String), Value::unknown(Type::Dynamic));
                Repeated { count: Some(Value::unknown(Type::Number)), each: Some((key, value)) }
            }
            _ => Repeated::default(),
        }
    }
}

impl Evaluator<'_, '_> {
    /// The instances of a resource block or module call.
    pub(super) fn expansion(&mut self, place: u32, item: Item) -> Result<Arc<Expansion>, Fault> {
        match self.expansions.get(&(place, item)) {
            Some(ExpansionMemo::Done(expansion, sources)) => {
                let (expansion, sources) = (expansion.clone(), sources.clone());
                self.met(&sources);
                return Ok(expansion);
            }
            Some(ExpansionMemo::Failed) => return Err(Fault::Failed),
            None => {}
        }
        let Some(config) = self.config(place) else { return Err(Fault::Failed) };
        let repetition = match item {
            Item::Resource(i) => config.resources.get_index(i).map(|(_, r)| &r.repetition),
            Item::Call(i) => config.calls.get_index(i).map(|(_, c)| &c.repetition),
            _ => None,
        };
        let Some(repetition) = repetition else { return Err(Fault::Failed) };
        let key = (self.path(place), item);
        let known = self.program.cache.lock().unwrap_or_else(PoisonError::into_inner).expansions.get(&key).cloned();
        if let Some(known) = known {
            self.expansions.insert((place, item), ExpansionMemo::Done(known.clone(), Arc::from([])));
            return Ok(known);
        }
        let (result, sources) = self.gather(|e| {
            let mut scope = e.scope(place);
            match repetition {
                Repetition::None => Ok(Expansion::Single),
                Repetition::Count(expr) => count(&mut scope, expr),
                Repetition::ForEach(expr) => for_each(&mut scope, expr),
            }
        });
        match result {
            Ok(expansion) => {
                let expansion = Arc::new(expansion);
                if self.expression_is_pure(place, repetition.expr()) {
                    self.program.cache.lock().unwrap_or_else(PoisonError::into_inner).expansions.insert(key, expansion.clone());
                }
                self.expansions.insert((place, item), ExpansionMemo::Done(expansion.clone(), sources.clone()));
                self.met(&sources);
                Ok(expansion)
            }
            Err(fault) => {
                self.report(fault);
                self.expansions.insert((place, item), ExpansionMemo::Failed);
                Err(Fault::Failed)
            }
        }
    }

    /// Whether no resource has a part in the value of an expression.
    fn expression_is_pure(&self, place: u32, expr: Option<&Expr>) -> bool {
        use crate::references::{Allowed, Subject, subject};
        let (Some(expr), Some(config)) = (expr, self.config(place)) else { return true };
        let module = self.module_of(place);
        let mut pure = true;
        each_reference(expr, &mut Vec::new(), &mut |root, steps, _| {
            let item = match subject(&self.program.context.sources, config, root, steps, Allowed::default()) {
                Ok((Subject::Variable(i), _)) => Item::Variable(i),
                Ok((Subject::Local(i), _)) => Item::Local(i),
                Ok((Subject::PathModule | Subject::PathRoot | Subject::PathCwd | Subject::Workspace, _)) => return,
                _ => {
                    pure = false;
                    return;
                }
            };
            pure &= self.program.is_pure(Node { module, item });
        });
        pure
    }
}

fn count(scope: &mut ModuleScope<'_, '_, '_>, expr: &Expr) -> Result<Expansion, Fault> {
    let value = evaluate(scope, expr, &Names::Empty)?;
    let wrong = |scope: &dyn Scope, detail: String| Err(fault(scope, expr.at, "Invalid count", detail));
    if value.is_null() {
        return wrong(scope, "\"count\" is null; it must be a whole number.".into());
    }
    let Ok(number) = convert(&value, &Type::Number) else {
        return wrong(scope, format!("\"count\" must be a whole number, and this is a {}.", value.friendly_type()));
    };
    if number.is_unknown() {
        return not_known(scope, expr, "count", "how many instances there will be");
    }
    // A sensitive number counts: it shows nothing of what it was made from.
    match number.as_i64() {
        Some(n) if (0..=MAX_COUNT).contains(&n) => Ok(Expansion::Count(n as u64)),
        Some(n) if n < 0 => wrong(scope, format!("\"count\" is {n}; it must not be negative.")),
        Some(n) => wrong(scope, format!("\"count\" is {n}; a block may have up to {MAX_COUNT} instances.")),
        None => wrong(scope, "\"count\" must be a whole number.".into()),
    }
}

fn for_each(scope: &mut ModuleScope<'_, '_, '_>, expr: &Expr) -> Result<Expansion, Fault> {
    let value = evaluate(scope, expr, &Names::Empty)?;
    let wrong = |scope: &dyn Scope, detail: String| fault(scope, expr.at, "Invalid for_each", detail);
    if value.is_sensitive() {
        return Err(wrong(scope, "\"for_each\" is sensitive, and the keys of the instances would show it.".into()));
    }
    match value.kind() {
        Kind::Null => Err(wrong(scope, "\"for_each\" is null; it must be a map, or a set of strings.".into())),
        Kind::Unknown(Type::Dynamic | Type::Map(_) | Type::Set(_) | Type::Object(..)) => {
            not_known(scope, expr, "for_each", "which instances there will be")
        }
        Kind::Map(e) | Kind::Object(e) => Ok(Expansion::Each(e.iter().map(|(k, v)| (k.as_str().into(), v.clone())).collect())),
        Kind::Set(elements) => {
            let mut out = BTreeMap::new();
            for element in elements.iter() {
                match element.kind() {
                    Kind::String(s) => out.insert(s.clone(), element.clone()),
                    Kind::Null => return Err(wrong(scope, "The set holds null; each element becomes a key, so it must be text.".into())),
                    Kind::Unknown(_) => return not_known(scope, expr, "for_each", "which instances there will be"),
                    _ => {
                        return Err(wrong(
                            scope,
                            format!(
                                "\"for_each\" is a {}; each element becomes a key, so it must be a set of strings.",
                                value.friendly_type()
                            ),
                        ));
                    }
                };
            }
            Ok(Expansion::Each(out))
        }
        _ => Err(not_a_map(scope, expr, &value)),
    }
}

fn not_a_map(scope: &dyn Scope, expr: &Expr, value: &Value) -> Fault {
    let what = value.friendly_type();
    let mut d = Diagnostic::error("Invalid for_each")
        .detail(format!("\"for_each\" must be a map, or a set of strings, and this is a {what}."))
        .at(&scope.context().sources.span(expr.at), "");
    if value.elements().is_some() || what.starts_with("list") {
        d = d.help("make it a set with toset(), where no element is there twice");
    }
    d.into()
}

/// One instance for all of a block whose instances can't be told before apply; for a plan, an error with what is to blame.
fn not_known(scope: &mut ModuleScope<'_, '_, '_>, expr: &Expr, argument: &str, what: &str) -> Result<Expansion, Fault> {
    if scope.evaluator.takes_one_for_all() {
        return Ok(Expansion::Unknown);
    }
    let sources = scope.context().sources.clone();
    let mut d = Diagnostic::error(format!("Invalid {argument}"))
        .detail(format!("\"{argument}\" depends on values that are known only after apply, so it can't be told {what}."))
        .at(&sources.span(expr.at), "");
    let mut found: Vec<(At, String)> = Vec::new();
    let mut references = Vec::new();
    each_reference(expr, &mut Vec::new(), &mut |root, steps, at| references.push((root, steps, at)));
    for (root, steps, at) in references {
        let one = Expr {
            kind: crate::syntax::ast::ExprKind::Traversal(
                Box::new(Expr { kind: crate::syntax::ast::ExprKind::Name(root.clone()), at: root.at }),
                steps.to_vec(),
            ),
            at,
        };
        if evaluate(scope, &one, &Names::Empty).is_ok_and(|v| !v.is_wholly_known()) {
            found.push((at, sources.excerpt(at)));
        }
    }
    for (at, text) in found {
        d = d.at(&sources.span(at), format!("{text} is known only after apply"));
    }
    let d = d.help(if argument == "for_each" {
        "take the keys from values that are written in the configuration, and put what is known later into the map's values"
    } else {
        "base the number on values that are written in the configuration"
    });
    Err(d.into())
}
