//! What changes hang on: the attributes of resources that the arguments of others, and outputs, are made from. Told
//! from the text alone, through variables, local values and modules.

use crate::graph::{Item, allowed, each_block_reference, each_body_reference};
use crate::load::config::{ModuleConfig, Repetition, ResourceBlock, ResourceKey};
use crate::program::Program;
use crate::references::{Subject, each_reference, subject};
use crate::syntax::ast::{Expr, ExprKind, Ident, Step};
use cairn_model::instance::{Relevant, Sought};
use cairn_model::{Address, Key, ModuleStep, Path, path};
use std::collections::{BTreeSet, HashSet};

/// An instance of a module; one without a key stands for all.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    module: usize,
    path: Vec<ModuleStep>,
}

/// Something whose expressions are looked through.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Written {
    place: Place,
    item: Item,
    /// Of a resource, just this argument or block.
    argument: Option<String>,
}

struct Search<'p> {
    program: &'p Program,
    seen: HashSet<Written>,
    todo: Vec<Written>,
    found: BTreeSet<Relevant>,
}

impl Program {
    /// What the arguments of instances, and root outputs, are made from.
    pub(crate) fn relevant_to(&self, sought: &Sought) -> Vec<Relevant> {
        let mut search = Search { program: self, seen: HashSet::new(), todo: Vec::new(), found: BTreeSet::new() };
        for address in &sought.instances {
            search.begin(address);
        }
        let root = Place { module: 0, path: Vec::new() };
        let outputs = self.modules.first().map(|m| &m.config.outputs);
        for output in sought.outputs.iter().filter_map(|name| outputs?.get_index_of(name.as_str())) {
            search.look(&root, Item::Output(output), None);
        }
        while let Some(written) = search.todo.pop() {
            search.through(&written);
        }
        search.found.into_iter().collect()
    }
}

impl<'p> Search<'p> {
    fn config(&self, module: usize) -> Option<&'p ModuleConfig> {
        self.program.modules.get(module).map(|m| m.config.as_ref())
    }

    fn look(&mut self, place: &Place, item: Item, argument: Option<String>) {
        let written = Written { place: place.clone(), item, argument };
        if self.seen.insert(written.clone()) {
            self.todo.push(written);
        }
    }

    /// Begins with all arguments of an instance; with nothing where no block declares it any more.
    fn begin(&mut self, address: &Address) {
        let mut place = Place { module: 0, path: Vec::new() };
        for step in &address.module {
            let call = self.config(place.module).and_then(|c| c.calls.get_index_of(&step.name));
            let Some(inner) = call.and_then(|call| self.inside(&place, call, step.key.clone())) else { return };
            place = inner;
        }
        let key = ResourceKey { mode: address.mode, type_name: address.type_name.clone(), name: address.name.clone() };
        if let Some(i) = self.config(place.module).and_then(|c| c.resources.get_index_of(&key)) {
            self.look(&place, Item::Resource(i), None);
        }
    }

    /// The instance of a module behind a call.
    fn inside(&self, place: &Place, call: usize, key: Key) -> Option<Place> {
        let module = self.program.modules.get(place.module)?;
        let (name, _) = module.config.calls.get_index(call)?;
        let mut path = place.path.clone();
        path.push(ModuleStep { name: name.clone(), key });
        Some(Place { module: module.children.get(call).copied().flatten()?, path })
    }

    fn through(&mut self, written: &Written) {
        let Written { place, item, argument } = written;
        let Some(config) = self.config(place.module) else { return };
        match *item {
            Item::Variable(i) => self.through_variable(place, i),
            Item::Local(i) => {
                let local = config.locals.get_index(i);
                local.into_iter().for_each(|(_, local)| self.expression(place, &local.value, None));
            }
            Item::Output(i) => {
                let output = config.outputs.get_index(i);
                output.into_iter().for_each(|(_, output)| self.expression(place, &output.value, None));
            }
            Item::Resource(i) => {
                let block = config.resources.get_index(i);
                block.into_iter().for_each(|(_, block)| self.through_resource(place, block, argument.as_deref()));
            }
            Item::Call(_) | Item::Inside(_) | Item::DependsOn(_) => {}
        }
    }

    /// The value of a variable is written in the module's call, where `each` is that of the call.
    fn through_variable(&mut self, place: &Place, i: usize) {
        let Some((parent, call)) = self.program.modules.get(place.module).and_then(|m| m.parent) else { return };
        let name = self.config(place.module).and_then(|c| c.variables.get_index(i)).map(|(name, _)| name);
        let call = self.config(parent).and_then(|c| c.calls.get_index(call)).map(|(_, call)| call);
        let (Some(name), Some(call), Some((_, outer))) = (name, call, place.path.split_last()) else { return };
        let outer = Place { module: parent, path: outer.to_vec() };
        if let Some(argument) = call.arguments.get(name) {
            self.expression(&outer, &argument.value, Some(&call.repetition));
        }
    }

    fn through_resource(&mut self, place: &Place, block: &'p ResourceBlock, argument: Option<&str>) {
        let mut each = |root: &Ident, steps: &[Step], _| self.reference(place, root, steps, Some(&block.repetition));
        let Some(argument) = argument else { return each_body_reference(&block.body, &mut Vec::new(), &mut each) };
        if let Some(written) = block.body.attributes.get(argument) {
            each_reference(&written.value, &mut Vec::new(), &mut each);
        }
        for inner in &block.body.blocks {
            if [Some(&inner.kind), inner.labels.first()].into_iter().flatten().any(|name| &*name.name == argument) {
                each_block_reference(inner, &mut Vec::new(), &mut each);
            }
        }
    }

    fn expression(&mut self, place: &Place, expr: &Expr, repetition: Option<&Repetition>) {
        each_reference(expr, &mut Vec::new(), &mut |root, steps, _| self.reference(place, root, steps, repetition));
    }

    fn reference(&mut self, place: &Place, root: &Ident, steps: &[Step], repetition: Option<&Repetition>) {
        let Some(config) = self.config(place.module) else { return };
        let allowed = repetition.map(allowed).unwrap_or_default();
        let Ok((subject, used)) = subject(&self.program.context.sources, config, root, steps, allowed) else { return };
        let steps = steps.get(used..).unwrap_or_default();
        match subject {
            Subject::Variable(i) => self.look(place, Item::Variable(i), None),
            Subject::Local(i) => self.look(place, Item::Local(i), None),
            Subject::Resource(i) => self.resource(place, i, steps),
            Subject::Call(i) => self.outputs(place, i, steps),
            Subject::Each(_) | Subject::Count => {
                let expr = repetition.and_then(Repetition::expr);
                expr.into_iter().for_each(|expr| self.expression(place, expr, None));
            }
            Subject::Itself | Subject::PathModule | Subject::PathRoot | Subject::PathCwd | Subject::Workspace => {}
        }
    }

    /// A resource is found, and what the argument is made from that is referred to.
    fn resource(&mut self, place: &Place, i: usize, steps: &[Step]) {
        let Some((name, block)) = self.config(place.module).and_then(|c| c.resources.get_index(i)) else { return };
        let (key, steps) = keyed(&block.repetition, steps);
        let attribute = fixed(steps);
        let address =
            Address { module: place.path.clone(), mode: name.mode, type_name: name.type_name.clone(), name: name.name.clone(), key };
        let argument = Some(attribute.root().to_string()).filter(|root| !root.is_empty());
        self.found.insert(Relevant { resource: address, attribute });
        self.look(place, Item::Resource(i), argument);
    }

    /// The output of a module that is referred to; all, where no single one is.
    fn outputs(&mut self, place: &Place, call: usize, steps: &[Step]) {
        let Some((_, block)) = self.config(place.module).and_then(|c| c.calls.get_index(call)) else { return };
        let (key, steps) = keyed(&block.repetition, steps);
        let Some(inner) = self.inside(place, call, key) else { return };
        let Some(outputs) = self.config(inner.module).map(|c| &c.outputs) else { return };
        let named = match steps.first() {
            Some(Step::Attribute(name)) => outputs.get_index_of(&name.name),
            _ => None,
        };
        let all = named.map_or(0..outputs.len(), |i| i..i + 1);
        all.for_each(|i| self.look(&inner, Item::Output(i), None));
    }
}

/// Which instance of a block is referred to, where that is written down, and what of it.
fn keyed<'s>(repetition: &Repetition, steps: &'s [Step]) -> (Key, &'s [Step]) {
    let (Repetition::Count(_) | Repetition::ForEach(_), Some((first, rest))) = (repetition, steps.split_first()) else {
        return (Key::None, steps);
    };
    match step(first) {
        Some(path::Step::Index(i)) => (Key::Int(i as u64), rest),
        Some(path::Step::Name(name)) if matches!(first, Step::Index(..)) => (Key::String(name.into()), rest),
        _ => (Key::None, &[]),
    }
}

/// The steps that are written down as names and keys, up to the first that is not.
fn fixed(steps: &[Step]) -> Path {
    Path(steps.iter().map_while(step).collect())
}

fn step(step: &Step) -> Option<path::Step> {
    match step {
        Step::Attribute(name) => Some(path::Step::Name(name.name.to_string())),
        Step::Index(expr, _) => match &expr.bare().kind {
            ExprKind::Literal(value) => {
                let index = value.as_i64().and_then(|i| usize::try_from(i).ok()).map(path::Step::Index);
                index.or_else(|| value.as_str().map(|name| path::Step::Name(name.to_string())))
            }
            _ => None,
        },
        Step::Splat(..) => None,
    }
}
