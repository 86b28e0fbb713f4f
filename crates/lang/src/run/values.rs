//! The values of variables, local values and outputs.

use super::expansion::Expansion;
use super::scope::ModuleScope;
use super::{Evaluator, Owner};
use crate::eval::{Evaluated, Fault, Names, evaluate, fault};
use crate::graph::Item;
use crate::load::variables::{convert_value, finish};
use cairn_model::{Key, Type, Value};
use std::collections::BTreeMap;

impl Evaluator<'_, '_> {
    /// Computes what `value` remembers.
    pub(super) fn compute(&mut self, place: u32, item: Item) -> Evaluated {
        match item {
            Item::Variable(i) => self.variable(place, i),
            Item::Local(i) => {
                let local = self.config(place).and_then(|c| c.locals.get_index(i)).ok_or(Fault::Failed)?.1;
                evaluate(&mut self.scope(place), &local.value, &Names::Empty)
            }
            Item::Output(i) => self.output(place, i),
            Item::Resource(i) => self.whole_block(place, i),
            Item::Call(i) => self.whole_module(place, i),
            Item::Inside(_) | Item::DependsOn(_) => Err(Fault::Failed),
        }
    }

    fn variable(&mut self, place: u32, i: usize) -> Evaluated {
        let (name, variable) = self.config(place).and_then(|c| c.variables.get_index(i)).ok_or(Fault::Failed)?;
        if place == 0 {
            return self.program.root_values.get(name).cloned().ok_or(Fault::Failed);
        }
        // The value is given in the calling module, where `each` is that of the module block.
        let (parent, repeated) = self.place(place).map(|p| (p.parent, p.repeated.clone())).ok_or(Fault::Failed)?;
        let call = self.program.modules.get(self.module_of(place)).and_then(|m| m.parent).map(|(_, call)| call).ok_or(Fault::Failed)?;
        let argument = self.config(parent).and_then(|c| c.calls.get_index(call)).and_then(|(_, call)| call.arguments.get(name));
        let Some(argument) = argument else {
            return variable.default.clone().map(|v| finish(variable, v)).ok_or(Fault::Failed);
        };
        let mut scope = ModuleScope { evaluator: self, place: parent, repeated, itself: None };
        let value = evaluate(&mut scope, &argument.value, &Names::Empty)?;
        match convert_value(variable, &value) {
            Ok(value) => Ok(finish(variable, value)),
            Err(e) => {
                let sources = &self.program.context.sources;
                Err(cairn_model::Diagnostic::error("Invalid value for a module's variable")
                    .detail(format!("The value doesn't fit the type of variable \"{name}\": {e}."))
                    .at(&sources.span(argument.value.at), "")
                    .at(&sources.span(variable.at), "the variable is declared here")
                    .into())
            }
        }
    }

    /// Runs the validations of a variable whose value is known already.
    pub(super) fn validate(&mut self, place: u32, i: usize) -> bool {
        let Some((name, variable)) = self.config(place).and_then(|c| c.variables.get_index(i)) else { return false };
        let before = self.problems.0.len();
        // What a validation looks at is no part of the value.
        let (good, _) = self.gather(|e| {
            e.conditions(&Owner::single(place, Item::Variable(i)), None, &variable.validations, "Invalid value for a variable")
        });
        let span = self.program.context.sources.span(variable.at);
        for d in self.problems.0.iter_mut().skip(before).filter(|d| d.summary == "Invalid value for a variable") {
            *d = d.clone().at(&span, format!("this is checked for var.{name}"));
        }
        good
    }

    fn output(&mut self, place: u32, i: usize) -> Evaluated {
        let (_, output) = self.config(place).and_then(|c| c.outputs.get_index(i)).ok_or(Fault::Failed)?;
        if !self.conditions(&Owner::single(place, Item::Output(i)), None, &output.preconditions, "Output precondition failed") {
            return Err(Fault::Failed);
        }
        let value = evaluate(&mut self.scope(place), &output.value, &Names::Empty)?;
        for sources in self.named(place, &output.depends_on) {
            self.met(&sources);
        }
        Ok(if output.sensitive { value.sensitive() } else { value })
    }

    /// All of a module call: its outputs, by its keys where it has some.
    fn whole_module(&mut self, place: u32, call: usize) -> Evaluated {
        let expansion = self.expansion(place, Item::Call(call))?;
        let mut made: Vec<(Key, Value)> = Vec::new();
        for key in expansion.keys() {
            let child = self.child(place, call, &key, &expansion).ok_or(Fault::Failed)?;
            let outputs: Vec<String> = self.config(child).map(|c| c.outputs.keys().map(|k| k.to_string()).collect()).unwrap_or_default();
            let mut object = BTreeMap::new();
            for (i, name) in outputs.into_iter().enumerate() {
                object.insert(name, self.value(child, Item::Output(i))?);
            }
            made.push((key, Value::object(object)));
        }
        if matches!(*expansion, Expansion::Unknown) {
            return Ok(Value::unknown(Type::Dynamic));
        }
        collect(made)
    }

    /// One output of one instance of a module.
    pub(super) fn module_output(&mut self, place: u32, call: usize, key: &Key, name: &crate::syntax::ast::Ident) -> Evaluated {
        let expansion = self.expansion(place, Item::Call(call))?;
        let child = self.child(place, call, key, &expansion).ok_or(Fault::Failed)?;
        match self.config(child).and_then(|c| c.outputs.get_index_of(&name.name)) {
            Some(i) => self.value(child, Item::Output(i)),
            None => Err(fault(
                &self.scope(place),
                name.at,
                "Unsupported attribute",
                format!("The module has no output named \"{}\".", name.name),
            )),
        }
    }
}

/// Instances as one value: the only one, a tuple by number, or an object by key.
pub(super) fn collect(instances: Vec<(Key, Value)>) -> Evaluated {
    let single = matches!(instances.as_slice(), [(Key::None, _)]);
    if single {
        return instances.into_iter().next().map(|(_, v)| v).ok_or(Fault::Failed);
    }
    let mut tuple = Vec::new();
    let mut object = BTreeMap::new();
    for (key, value) in instances {
        match key {
            Key::String(k) => {
                object.insert(k.to_string(), value);
            }
            _ => tuple.push(value),
        }
    }
    Ok(if object.is_empty() { Value::tuple(tuple) } else { Value::object(object) })
}
