//! What names mean inside a module.

use super::{Evaluator, Repeated, World};
use crate::context::Context;
use crate::eval::{Fault, Names, Scope, evaluate, fault};
use crate::graph::Item;
use crate::references::{Allowed, Subject, subject};
use crate::run::expansion::Expansion;
use crate::source::At;
use crate::syntax::ast::{Ident, Step};
use cairn_model::convert::convert;
use cairn_model::{Key, Type, Value};
use std::sync::Arc;

/// A module instance, or a block of one.
pub(super) struct ModuleScope<'e, 'p, 'w> {
    pub evaluator: &'e mut Evaluator<'p, 'w>,
    pub place: u32,
    pub repeated: Repeated,
    /// What `self` is.
    pub itself: Option<Value>,
}

/// Which instance a step names.
enum Named {
    Key(Key, Value),
    /// The key is not known yet, or all instances are meant.
    All,
}

impl ModuleScope<'_, '_, '_> {
    /// The instance that the step after a repeated block names.
    fn named(&mut self, expansion: &Arc<Expansion>, step: Option<&Step>, names: &Names<'_>, at: At) -> Result<Named, Fault> {
        let Some(Step::Index(expr, place)) = step else { return Ok(Named::All) };
        let value = evaluate(self, expr, names)?;
        if value.is_unknown() || value.is_null() {
            return Ok(Named::All);
        }
        let key = match &**expansion {
            Expansion::Single | Expansion::Unknown => return Ok(Named::All),
            Expansion::Count(_) => {
                convert(&value, &Type::Number).ok().and_then(|v| v.as_i64()).and_then(|i| u64::try_from(i).ok()).map(Key::Int)
            }
            Expansion::Each(_) => convert(&value, &Type::String).ok().and_then(|v| v.as_str().map(|s| Key::String(s.into()))),
        };
        match key {
            Some(key) if expansion.contains(&key) => Ok(Named::Key(key, value)),
            Some(key) => Err(self.no_such(expansion, &key, at, *place)),
            None => {
                let detail = match &**expansion {
                    Expansion::Count(_) => "The instances of a block with count are named by numbers from 0.",
                    _ => "The instances of a block with for_each are named by their keys.",
                };
                Err(fault(self, *place, "Invalid index", detail))
            }
        }
    }

    fn no_such(&self, expansion: &Expansion, key: &Key, block: At, place: At) -> Fault {
        let name = self.context().sources.excerpt(block);
        let detail = match expansion {
            Expansion::Count(0) => format!("{name} has no instances, so there is no {name}{key}."),
            Expansion::Count(n) => format!("{name} has {n} instance{}, so there is no {name}{key}.", if *n == 1 { "" } else { "s" }),
            _ => format!("{name} has no instance {key}."),
        };
        let mut d = cairn_model::Diagnostic::error("Invalid index").detail(detail).at(&self.context().sources.span(place), "");
        if let (Expansion::Each(entries), Key::String(key)) = (expansion, key) {
            d.help = crate::suggest::did_you_mean(key, entries.keys().map(|k| &**k));
        }
        d.into()
    }
}

impl Scope for ModuleScope<'_, '_, '_> {
    fn context(&self) -> &Context {
        &self.evaluator.program.context
    }

    fn now(&self) -> Option<&str> {
        matches!(self.evaluator.world, World::Values(_)).then_some(&*self.evaluator.program.context.plan_time)
    }

    fn reference(&mut self, root: &Ident, steps: &[Step], names: &Names<'_>) -> Result<(Value, usize), Fault> {
        let program = self.evaluator.program;
        let Some(config) = self.evaluator.config(self.place) else { return Err(Fault::Failed) };
        let allowed = Allowed { each: self.repeated.each.is_some(), count: self.repeated.count.is_some(), itself: self.itself.is_some() };
        let (subject, used) = subject(&program.context.sources, config, root, steps, allowed)?;
        let place = self.place;
        let value = match subject {
            Subject::Variable(i) => self.evaluator.value(place, Item::Variable(i))?,
            Subject::Local(i) => self.evaluator.value(place, Item::Local(i))?,
            Subject::Each(key) => {
                let Some((k, v)) = &self.repeated.each else { return Err(Fault::Failed) };
                if key { k.clone() } else { v.clone() }
            }
            Subject::Count => self.repeated.count.clone().ok_or(Fault::Failed)?,
            Subject::Itself => self.itself.clone().ok_or(Fault::Failed)?,
            Subject::PathModule => Value::from(config.path.as_str()),
            Subject::PathRoot => Value::from("."),
            Subject::PathCwd => Value::from(program.context.working_directory.to_string_lossy().into_owned()),
            Subject::Workspace => Value::from(program.context.workspace.as_str()),
            Subject::Resource(i) => {
                let expansion = self.evaluator.expansion(place, Item::Resource(i))?;
                let block = steps.get(used.saturating_sub(1)).map_or(root.at, |s| root.at.to(s.at()));
                if matches!(*expansion, Expansion::Single) {
                    self.evaluator.instance(place, i, &Key::None, &expansion)?
                } else {
                    match self.named(&expansion, steps.get(used), names, block)? {
                        Named::Key(key, index) => {
                            let value = self.evaluator.instance(place, i, &key, &expansion)?;
                            return Ok((value.marked_like(&[&index]), used + 1));
                        }
                        Named::All => self.evaluator.value(place, Item::Resource(i))?,
                    }
                }
            }
            Subject::Call(i) => return self.module(i, used, root, steps, names),
        };
        Ok((value, used))
    }
}

impl ModuleScope<'_, '_, '_> {
    /// A reference to a module: just the output that it names, where it names one.
    fn module(&mut self, call: usize, used: usize, root: &Ident, steps: &[Step], names: &Names<'_>) -> Result<(Value, usize), Fault> {
        let place = self.place;
        let expansion = self.evaluator.expansion(place, Item::Call(call))?;
        if matches!(*expansion, Expansion::Single) {
            if let Some(Step::Attribute(name)) = steps.get(used) {
                return Ok((self.evaluator.module_output(place, call, &Key::None, name)?, used + 1));
            }
            return Ok((self.evaluator.value(place, Item::Call(call))?, used));
        }
        let block = steps.get(used.saturating_sub(1)).map_or(root.at, |s| root.at.to(s.at()));
        if let (Named::Key(key, index), Some(Step::Attribute(name))) =
            (self.named(&expansion, steps.get(used), names, block)?, steps.get(used + 1))
        {
            let value = self.evaluator.module_output(place, call, &key, name)?;
            return Ok((value.marked_like(&[&index]), used + 2));
        }
        Ok((self.evaluator.value(place, Item::Call(call))?, used))
    }
}
