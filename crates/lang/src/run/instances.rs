//! Instances of resources and data sources.

use super::expansion::Expansion;
use super::scope::ModuleScope;
use super::values::collect;
use super::{Evaluator, Memo, Owner, Sources, World};
use crate::arguments::{decode_body, with_unset};
use crate::eval::{Evaluated, Fault, Names, evaluate};
use crate::graph::Item;
use crate::load::config::{ResourceBlock, ResourceKey};
use crate::references::{Allowed, Subject, subject};
use crate::suggest;
use crate::syntax::ast::Expr;
use cairn_model::instance::{Instance, Lifecycle};
use cairn_model::{Address, Diagnostic, Key, Schema, Type, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The arguments of an instance, and what was found out on the way.
struct Arguments {
    config: Value,
    lifecycle: Lifecycle,
}

impl<'p> Evaluator<'p, '_> {
    fn resource(&self, place: u32, i: usize) -> Result<(&'p ResourceKey, &'p ResourceBlock), Fault> {
        self.config(place).and_then(|c| c.resources.get_index(i)).ok_or(Fault::Failed)
    }

    /// The schema of a block's type. That Cairn doesn't have the type is said once for all instances.
    fn schema(&mut self, place: u32, i: usize) -> Result<&'static Schema, Fault> {
        let (_, block) = self.resource(place, i)?;
        match &block.schema {
            Ok(schema) => Ok(schema),
            Err(problem) if self.unsupported.insert((self.module_of(place), i)) => Err(Fault::Error(problem.clone())),
            Err(_) => Err(Fault::Failed),
        }
    }

    /// Evaluates all instances of a block; what goes wrong is reported.
    pub(super) fn every_instance(&mut self, place: u32, i: usize) {
        let Ok(expansion) = self.expansion(place, Item::Resource(i)) else { return };
        for key in expansion.keys() {
            let _ = self.instance(place, i, &key, &expansion);
            if let Some(outermost) = self.gathering.first_mut() {
                outermost.clear();
            }
        }
    }

    /// All instances of a block as one value.
    pub(super) fn whole_block(&mut self, place: u32, i: usize) -> Evaluated {
        let expansion = self.expansion(place, Item::Resource(i))?;
        let mut made = Vec::new();
        for key in expansion.keys() {
            let value = self.instance(place, i, &key, &expansion)?;
            made.push((key, value));
        }
        if matches!(*expansion, Expansion::Unknown) {
            return Ok(Value::unknown(Type::Dynamic));
        }
        // No instances at all: a tuple or an object that is empty.
        if made.is_empty() && matches!(*expansion, Expansion::Each(_)) {
            return Ok(Value::object(BTreeMap::new()));
        }
        collect(made)
    }

    /// The value of one instance; the one that asks depends on it.
    pub(super) fn instance(&mut self, place: u32, i: usize, key: &Key, expansion: &Arc<Expansion>) -> Evaluated {
        match self.instances.get(&(place, i)).and_then(|m| m.get(key)) {
            Some(Memo::Done(value, number)) => {
                let (value, number) = (value.clone(), number.clone());
                self.met(&number);
                return Ok(value);
            }
            Some(Memo::Failed) => return Err(Fault::Failed),
            Some(Memo::Running) => {
                let (k, _) = self.resource(place, i)?;
                return Err(Diagnostic::error("Cycle").detail(format!("{}.{} depends on itself.", k.type_name, k.name)).into());
            }
            None => {}
        }
        let address = self.address(place, i, key)?;
        self.remember(place, i, key, Memo::Running);
        let result = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.settle(place, i, key, expansion, address.clone()));
        match result {
            Ok(value) => {
                let number: Sources = Arc::from([self.addresses.len() as u32]);
                self.addresses.push(address);
                self.remember(place, i, key, Memo::Done(value.clone(), number.clone()));
                self.met(&number);
                Ok(value)
            }
            Err(fault) => {
                self.report(fault);
                self.remember(place, i, key, Memo::Failed);
                Err(Fault::Failed)
            }
        }
    }

    fn remember(&mut self, place: u32, i: usize, key: &Key, memo: Memo) {
        self.instances.entry((place, i)).or_default().insert(key.clone(), memo);
    }

    fn address(&self, place: u32, i: usize, key: &Key) -> Result<Address, Fault> {
        let (k, _) = self.resource(place, i)?;
        Ok(Address {
            module: self.path(place).to_vec(),
            mode: k.mode,
            type_name: k.type_name.clone(),
            name: k.name.clone(),
            key: key.clone(),
        })
    }

    /// Finds an instance's value: from outside, or by evaluating its arguments and handing it over.
    fn settle(&mut self, place: u32, i: usize, key: &Key, expansion: &Arc<Expansion>, address: Address) -> Evaluated {
        let (_, block) = self.resource(place, i)?;
        let schema = self.schema(place, i)?;
        match &self.world {
            World::Values(values) => {
                if let Some(value) = values.value(&address) {
                    return Ok(with_unset(schema, value));
                }
                return Ok(self.unknown(schema));
            }
            World::Nothing => return Ok(self.unknown(schema)),
            World::Resolver(_) => {}
        }
        let owner = Owner { place, item: Item::Resource(i), repeated: expansion.repeated(key) };
        let (arguments, sources) = self.gather(|e| {
            // Where the number of instances comes from counts too.
            let _ = e.expansion(place, Item::Resource(i));
            for named in e.named(place, &block.depends_on) {
                e.met(&named);
            }
            if let Some(outer) = e.module_depends_on(place) {
                e.met(&outer);
            }
            e.arguments(&owner, block, schema)
        });
        let arguments = arguments?;
        let depends_on: BTreeSet<Address> = sources.iter().filter_map(|n| self.addresses.get(*n as usize).cloned()).collect();
        let context = &self.program.context;
        let spans = block.body.attributes.values().map(|a| (a.name.name.to_string(), context.sources.span(a.name.at)));
        let block_spans = block.body.blocks.iter().rev().map(|b| {
            let name = b.labels.first().filter(|_| &*b.kind.name == "dynamic").unwrap_or(&b.kind);
            (name.name.to_string(), context.sources.span(b.at))
        });
        let instance = Instance {
            address,
            provider: self.program.provider_key(self.module_of(place), &block.provider.name),
            config: arguments.config,
            depends_on,
            lifecycle: arguments.lifecycle,
            span: context.sources.span(block.at),
            spans: block_spans.chain(spans).collect(),
        };
        let World::Resolver(resolver) = &mut self.world else { return Err(Fault::Failed) };
        let value = match resolver.resolve(instance) {
            Ok(value) => with_unset(schema, value),
            Err(problems) => {
                self.problems.extend(problems);
                return Err(Fault::Failed);
            }
        };
        let postconditions = &block.lifecycle.postconditions;
        let (good, _) = self.gather(|e| e.conditions(&owner, Some(&value), postconditions, "Resource postcondition failed"));
        if good { Ok(value) } else { Err(Fault::Failed) }
    }

    /// The value of an instance of which nothing is known but its type.
    fn unknown(&mut self, schema: &'static Schema) -> Value {
        let ty = self.types.entry(schema.name).or_insert_with(|| with_unset(schema, Value::unknown(schema.ty())).ty());
        Value::unknown(ty.clone())
    }

    /// Evaluates the arguments of an instance.
    fn arguments(&mut self, owner: &Owner, block: &'p ResourceBlock, schema: &'static Schema) -> Result<Arguments, Fault> {
        if !self.conditions(owner, None, &block.lifecycle.preconditions, "Resource precondition failed") {
            return Err(Fault::Failed);
        }
        let mut scope = ModuleScope { evaluator: self, place: owner.place, repeated: owner.repeated.clone(), itself: None };
        let (config, decoder) = decode_body(&mut scope, schema, &block.body, block.at);
        let mut good = decoder.is_clean();
        let mut watched = Vec::new();
        let mut faults = Vec::new();
        for expr in &block.lifecycle.replace_triggered_by {
            match evaluate(&mut scope, expr, &Names::Empty) {
                Ok(value) => watched.push((scope.evaluator.program.context.sources.excerpt(expr.at), value)),
                Err(fault) => {
                    faults.push(fault);
                    good = false;
                }
            }
        }
        for d in decoder.problems {
            self.problems.push(d);
        }
        for fault in faults {
            self.report(fault);
        }
        if !good {
            return Err(Fault::Failed);
        }
        let lifecycle = Lifecycle {
            create_before_destroy: block.lifecycle.create_before_destroy,
            prevent_destroy: block.lifecycle.prevent_destroy,
            ignore_changes: block.lifecycle.ignore_changes.clone(),
            ignore_all_changes: block.lifecycle.ignore_all_changes,
            replace_triggered_by: watched,
        };
        Ok(Arguments { config, lifecycle })
    }

    /// All instances that a list of references names.
    pub(super) fn named(&mut self, place: u32, references: &[Expr]) -> Vec<Sources> {
        let mut out = Vec::new();
        for expr in references {
            let (Some((root, steps)), Some(config)) = (expr.as_reference(), self.config(place)) else { continue };
            let found = subject(&self.program.context.sources, config, root, steps, Allowed::default());
            let (_, sources) = self.gather(|e| match found {
                Ok((Subject::Resource(i), _)) => {
                    let _ = e.value(place, Item::Resource(i));
                }
                Ok((Subject::Call(i), _)) => e.inside(place, i),
                Ok((Subject::Local(i), _)) => {
                    let _ = e.value(place, Item::Local(i));
                }
                Ok((Subject::Variable(i), _)) => {
                    let _ = e.value(place, Item::Variable(i));
                }
                _ => {}
            });
            out.push(sources);
        }
        out
    }

    /// Meets every instance in the modules behind a call.
    fn inside(&mut self, place: u32, call: usize) {
        let Ok(expansion) = self.expansion(place, Item::Call(call)) else { return };
        for key in expansion.keys() {
            let Some(child) = self.child(place, call, &key, &expansion) else { continue };
            let (resources, calls) = self.config(child).map_or((0, 0), |c| (c.resources.len(), c.calls.len()));
            for i in 0..resources {
                let _ = self.value(child, Item::Resource(i));
            }
            for inner in 0..calls {
                self.inside(child, inner);
            }
        }
    }

    /// What `depends_on` of the module block, and of those around it, names.
    fn module_depends_on(&mut self, place: u32) -> Option<Sources> {
        if place == 0 {
            return None;
        }
        if let Some(known) = self.module_sources.get(&place) {
            return known.clone();
        }
        let parent = self.place(place).map(|p| p.parent)?;
        let call = self.program.modules.get(self.module_of(place)).and_then(|m| m.parent).map(|(_, call)| call)?;
        let block = self.config(parent).and_then(|c| c.calls.get_index(call)).map(|(_, c)| c)?;
        let mut all: Vec<u32> = self.module_depends_on(parent).map(|s| s.to_vec()).unwrap_or_default();
        for sources in self.named(parent, &block.depends_on) {
            all.extend_from_slice(&sources);
        }
        all.sort_unstable();
        all.dedup();
        let all: Option<Sources> = (!all.is_empty()).then(|| all.into());
        self.module_sources.insert(place, all.clone());
        all
    }

    /// The arguments of the instance at an address.
    pub(crate) fn arguments_of(&mut self, address: &Address) -> Evaluated {
        let nothing = |what: String| {
            Fault::from(Diagnostic::error("No such instance").detail(format!("{address} is not in the configuration: {what}.")))
        };
        let mut place = 0;
        for step in &address.module {
            let call = self
                .config(place)
                .and_then(|c| c.calls.get_index_of(&step.name))
                .ok_or_else(|| nothing(format!("there is no module {}", step.name)))?;
            let expansion = self.expansion(place, Item::Call(call))?;
            if !expansion.contains(&step.key) {
                return Err(nothing(format!("there is no module.{}{}", step.name, step.key)));
            }
            place = self.child(place, call, &step.key, &expansion).ok_or(Fault::Failed)?;
        }
        let key = ResourceKey { mode: address.mode, type_name: address.type_name.clone(), name: address.name.clone() };
        let Some(i) = self.config(place).and_then(|c| c.resources.get_index_of(&key)) else {
            let known: Vec<String> =
                self.config(place).map(|c| c.resources.keys().map(|k| format!("{}.{}", k.type_name, k.name)).collect()).unwrap_or_default();
            let near = suggest::nearest(&format!("{}.{}", key.type_name, key.name), known.iter().map(String::as_str));
            return Err(nothing(near.map_or("no block declares it".into(), |n| format!("no block declares it; there is {n}"))));
        };
        let expansion = self.expansion(place, Item::Resource(i))?;
        if !expansion.contains(&address.key) {
            return Err(nothing("its block has no such instance".into()));
        }
        let (_, block) = self.resource(place, i)?;
        let schema = self.schema(place, i)?;
        let owner = Owner { place, item: Item::Resource(i), repeated: expansion.repeated(&address.key) };
        self.arguments(&owner, block, schema).map(|a| a.config)
    }
}
