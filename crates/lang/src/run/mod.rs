//! Evaluating a program: on demand, everything once, and with a record of which instances each value
//! was made from.

mod checks;
mod expansion;
mod instances;
mod scope;
mod values;

use crate::eval::{Evaluated, Fault, Names, Scope, evaluate};
use crate::graph::{Item, Node};
use crate::load::config::{Condition, ModuleConfig};
use crate::program::Program;
use crate::syntax::ast::{Expr, ExprKind};
use cairn_model::convert::convert;
use cairn_model::instance::{Output, ProviderConfig, Resolver, Values};
use cairn_model::{Address, Diagnostic, Diagnostics, Key, ModuleStep, Type, Value};
use expansion::Expansion;
use scope::ModuleScope;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Instances that a value was made from: their numbers, sorted.
type Sources = Arc<[u32]>;

/// Where the values of resources come from.
pub(crate) enum World<'w> {
    /// Each instance is handed over, and its value comes back.
    Resolver(&'w mut dyn Resolver),
    /// The values that there are by now.
    Values(&'w dyn Values),
    /// Nowhere: all are unknown.
    Nothing,
}

/// An instance of a module.
struct Place {
    module: usize,
    parent: u32,
    path: Arc<[ModuleStep]>,
    /// `each.key` and `each.value`, or `count.index`, of the module block.
    repeated: Repeated,
}

/// What `each` and `count` are.
#[derive(Clone, Default)]
pub(crate) struct Repeated {
    each: Option<(Value, Value)>,
    count: Option<Value>,
}

impl Repeated {
    /// The key of the instance.
    fn key(&self) -> Key {
        let count = self.count.as_ref().and_then(Value::as_i64).and_then(|i| u64::try_from(i).ok()).map(Key::Int);
        let each = self.each.as_ref().and_then(|(key, _)| key.as_str()).map(|key| Key::String(key.into()));
        count.or(each).unwrap_or(Key::None)
    }
}

/// What conditions belong to.
struct Owner {
    place: u32,
    item: Item,
    repeated: Repeated,
}

impl Owner {
    /// An item that has no instances of its own.
    fn single(place: u32, item: Item) -> Owner {
        Owner { place, item, repeated: Repeated::default() }
    }
}

#[derive(Clone)]
enum Memo {
    Running,
    Failed,
    Done(Value, Sources),
}

#[derive(Clone)]
enum ExpansionMemo {
    Failed,
    Done(Arc<Expansion>, Sources),
}

/// Values that stay the same whatever the resources are: by module instance and item.
#[derive(Default)]
pub(crate) struct Cache {
    values: HashMap<(Arc<[ModuleStep]>, Item), Value>,
    expansions: HashMap<(Arc<[ModuleStep]>, Item), Arc<Expansion>>,
}

/// One evaluation of a program.
pub(crate) struct Evaluator<'p, 'w> {
    program: &'p Program,
    world: World<'w>,
    places: Vec<Place>,
    place_numbers: HashMap<(u32, usize, Key), u32>,
    places_of: HashMap<usize, Arc<[u32]>>,
    memo: HashMap<(u32, Item), Memo>,
    expansions: HashMap<(u32, Item), ExpansionMemo>,
    instances: HashMap<(u32, usize), HashMap<Key, Memo>>,
    addresses: Vec<Address>,
    types: HashMap<&'static str, Type>,
    /// For each module instance, what its own and outer `depends_on` name.
    module_sources: HashMap<u32, Option<Sources>>,
    /// Blocks of types that Cairn doesn't have, of which it was said: by module and number.
    unsupported: HashSet<(usize, usize)>,
    /// Instances met by the evaluations that are going on, innermost last.
    gathering: Vec<Vec<u32>>,
    /// Where a condition hangs on what is not known yet.
    untold: HashSet<(u32, Item, Key)>,
    problems: Diagnostics,
}

impl<'p, 'w> Evaluator<'p, 'w> {
    pub fn new(program: &'p Program, world: World<'w>) -> Evaluator<'p, 'w> {
        let root = Place { module: 0, parent: 0, path: Arc::from([]), repeated: Repeated::default() };
        Evaluator {
            program,
            world,
            places: vec![root],
            place_numbers: HashMap::new(),
            places_of: HashMap::from([(0, Arc::from([0]))]),
            memo: HashMap::new(),
            expansions: HashMap::new(),
            instances: HashMap::new(),
            addresses: Vec::new(),
            types: HashMap::new(),
            module_sources: HashMap::new(),
            unsupported: HashSet::new(),
            gathering: vec![Vec::new()],
            untold: HashSet::new(),
            problems: Diagnostics::default(),
        }
    }

    /// The result, or the errors if there were any.
    pub fn finish<T>(mut self, result: Result<T, Fault>) -> Result<T, Diagnostics> {
        let value = match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.report(fault);
                None
            }
        };
        match value {
            Some(value) if !self.problems.has_errors() => Ok(value),
            _ => {
                if self.problems.0.is_empty() {
                    self.problems.push(Diagnostic::error("Evaluation failed"));
                }
                Err(self.problems)
            }
        }
    }

    fn report(&mut self, fault: Fault) {
        if let Fault::Error(d) = fault {
            self.problems.push(*d);
        }
    }

    /// Whether a block whose instances can't be told is no error.
    fn takes_one_for_all(&self) -> bool {
        match &self.world {
            World::Resolver(resolver) => resolver.takes_one_for_all(),
            World::Values(_) => false,
            World::Nothing => true,
        }
    }

    /// Runs something and tells which instances it met.
    fn gather<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> (T, Sources) {
        self.gathering.push(Vec::new());
        let result = run(self);
        let mut met = self.gathering.pop().unwrap_or_default();
        met.sort_unstable();
        met.dedup();
        (result, met.into())
    }

    /// Notes that what is being evaluated was made from instances.
    fn met(&mut self, sources: &[u32]) {
        if let Some(gathering) = self.gathering.last_mut() {
            gathering.extend_from_slice(sources);
        }
    }

    fn place(&self, place: u32) -> Option<&Place> {
        self.places.get(place as usize)
    }

    /// The number of a place's module.
    fn module_of(&self, place: u32) -> usize {
        self.place(place).map_or(0, |p| p.module)
    }

    /// The blocks of a place's module.
    fn config(&self, place: u32) -> Option<&'p ModuleConfig> {
        let program = self.program;
        program.modules.get(self.module_of(place)).map(|m| m.config.as_ref())
    }

    fn path(&self, place: u32) -> Arc<[ModuleStep]> {
        self.place(place).map_or_else(|| Arc::from([]), |p| p.path.clone())
    }

    /// The scope of a module instance, where neither `each` nor `count` mean anything.
    fn scope(&mut self, place: u32) -> ModuleScope<'_, 'p, 'w> {
        ModuleScope { evaluator: self, place, repeated: Repeated::default(), itself: None }
    }

    /// The value of a variable, local value or output, or of all of a resource block or module call.
    fn value(&mut self, place: u32, item: Item) -> Evaluated {
        match self.memo.get(&(place, item)) {
            Some(Memo::Done(value, sources)) => {
                let (value, sources) = (value.clone(), sources.clone());
                self.met(&sources);
                return Ok(value);
            }
            Some(Memo::Failed) => return Err(Fault::Failed),
            // Cycles are found when the program is loaded; this only makes sure that nothing hangs.
            Some(Memo::Running) => {
                let name = crate::graph::name(&self.program.modules, Node { module: self.module_of(place), item });
                return Err(Diagnostic::error("Cycle").detail(format!("{name} depends on itself.")).into());
            }
            None => {}
        }
        let pure = self.program.is_pure(Node { module: self.module_of(place), item });
        let cache_key = (self.path(place), item);
        if pure {
            let known = self.program.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner).values.get(&cache_key).cloned();
            if let Some(value) = known {
                self.memo.insert((place, item), Memo::Done(value.clone(), Arc::from([])));
                return self.validated(place, item, value);
            }
        }
        self.memo.insert((place, item), Memo::Running);
        let (result, sources) = self.gather(|e| stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || e.compute(place, item)));
        match result {
            Ok(value) => {
                self.memo.insert((place, item), Memo::Done(value.clone(), sources.clone()));
                self.met(&sources);
                let value = self.validated(place, item, value)?;
                // A condition that could not be told has to be looked at again.
                if pure && !self.untold.contains(&(place, item, Key::None)) {
                    self.program.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner).values.insert(cache_key, value.clone());
                }
                Ok(value)
            }
            Err(fault) => {
                self.report(fault);
                self.memo.insert((place, item), Memo::Failed);
                Err(Fault::Failed)
            }
        }
    }

    /// The value, once a variable's validations were looked at: these may hang on more than the value does.
    fn validated(&mut self, place: u32, item: Item, value: Value) -> Evaluated {
        match item {
            Item::Variable(i) if !self.validate(place, i) => {
                self.memo.insert((place, item), Memo::Failed);
                Err(Fault::Failed)
            }
            _ => Ok(value),
        }
    }

    /// Evaluates conditions of an item, or of one of its instances. False when one doesn't hold or can't be evaluated;
    /// what is not known yet passes.
    fn conditions(&mut self, owner: &Owner, itself: Option<&Value>, conditions: &[Condition], summary: &str) -> bool {
        let mut good = true;
        for condition in conditions {
            let repeated = owner.repeated.clone();
            let mut scope = ModuleScope { evaluator: self, place: owner.place, repeated, itself: itself.cloned() };
            match check_condition(&mut scope, condition, summary) {
                Ok(Outcome::Holds) => {}
                Ok(Outcome::Untold) => {
                    self.untold.insert((owner.place, owner.item, owner.repeated.key()));
                }
                Err(fault) => {
                    self.report(fault);
                    good = false;
                }
            }
        }
        good
    }

    /// Evaluates everything in the order of dependencies.
    pub fn everything(&mut self) {
        let program = self.program;
        for node in &program.order.nodes {
            for place in self.places_of(node.module).iter() {
                match node.item {
                    Item::Variable(_) | Item::Local(_) | Item::Output(_) => {
                        let _ = self.value(*place, node.item);
                    }
                    Item::Call(_) => {
                        let _ = self.expansion(*place, node.item);
                    }
                    Item::Resource(i) => self.every_instance(*place, i),
                    Item::Inside(_) | Item::DependsOn(_) => {}
                }
                // What was met here belongs to no one.
                if let Some(outermost) = self.gathering.first_mut() {
                    outermost.clear();
                }
            }
        }
    }

    /// The instances of a module.
    fn places_of(&mut self, module: usize) -> Arc<[u32]> {
        if let Some(known) = self.places_of.get(&module) {
            return known.clone();
        }
        let mut out = Vec::new();
        if let Some((parent, call)) = self.program.modules.get(module).and_then(|m| m.parent) {
            for place in self.places_of(parent).iter() {
                let Ok(expansion) = self.expansion(*place, Item::Call(call)) else { continue };
                for key in expansion.keys() {
                    out.extend(self.child(*place, call, &key, &expansion));
                }
            }
        }
        let out: Arc<[u32]> = out.into();
        self.places_of.insert(module, out.clone());
        out
    }

    /// An instance of a module that is called.
    fn child(&mut self, parent: u32, call: usize, key: &Key, expansion: &Expansion) -> Option<u32> {
        if let Some(known) = self.place_numbers.get(&(parent, call, key.clone())) {
            return Some(*known);
        }
        let program = self.program;
        let module = program.modules.get(self.module_of(parent))?;
        let child = module.children.get(call).copied().flatten()?;
        let (name, _) = module.config.calls.get_index(call)?;
        let mut path = self.path(parent).to_vec();
        path.push(ModuleStep { name: name.clone(), key: key.clone() });
        let number = self.places.len() as u32;
        self.places.push(Place { module: child, parent, path: path.into(), repeated: expansion.repeated(key) });
        self.place_numbers.insert((parent, call, key.clone()), number);
        Some(number)
    }

    /// The outputs of the root module that can be evaluated.
    pub fn outputs(&mut self) -> BTreeMap<String, Output> {
        let program = self.program;
        let mut out = BTreeMap::new();
        let Some(root) = program.modules.first() else { return out };
        for (i, (name, block)) in root.config.outputs.iter().enumerate() {
            let value = match self.value(0, Item::Output(i)) {
                Ok(value) => value,
                Err(fault) => {
                    self.report(fault);
                    continue;
                }
            };
            if value.contains_sensitive() && !block.sensitive {
                let d = Diagnostic::error("Output holds sensitive values")
                    .detail(format!("The output \"{name}\" is made from sensitive values, so it must be sensitive too."))
                    .at(&program.context.sources.span(block.at), "")
                    .help("add sensitive = true, or take the mark off with nonsensitive()");
                self.problems.push(d);
                continue;
            }
            let value = if block.sensitive { value.sensitive() } else { value };
            out.insert(name.to_string(), Output { value, sensitive: block.sensitive, description: block.description.clone() });
        }
        out
    }

    /// The provider configurations that are written down or needed.
    pub fn providers(&mut self) -> Vec<ProviderConfig> {
        let program = self.program;
        let mut out = Vec::new();
        let Some(root) = program.modules.first() else { return out };
        for (key, block) in &root.config.providers {
            let Some(schema) = program.schemas.provider(&block.name.name) else { continue };
            let mut scope = self.scope(0);
            let (config, decoder) = crate::arguments::decode_provider(&mut scope, schema, &block.body, block.at);
            for d in decoder.problems {
                self.problems.push(d);
            }
            out.push(ProviderConfig { key: key.to_string(), config, span: Some(program.context.sources.span(block.at)) });
        }
        // A provider without a block is configured by its surroundings alone.
        let mut needed: Vec<String> = Vec::new();
        for (i, module) in program.modules.iter().enumerate() {
            needed.extend(module.config.resources.values().map(|r| program.provider_key(i, &r.provider.name)));
        }
        needed.sort();
        needed.dedup();
        for key in needed {
            let known = root.config.providers.contains_key(key.as_str());
            let Some(schema) = program.schemas.provider(&key).filter(|_| !known) else { continue };
            let empty = crate::syntax::ast::Body { attributes: indexmap::IndexMap::new(), blocks: Vec::new() };
            let at = crate::source::At { file: 0, start: 0, end: 0 };
            let mut scope = self.scope(0);
            let (config, _) = crate::arguments::decode_provider(&mut scope, schema, &empty, at);
            out.push(ProviderConfig { key, config, span: None });
        }
        out
    }

    /// The value of an expression in the root module.
    pub fn console(&mut self, expr: &Expr) -> Evaluated {
        let mut unknown = None;
        let context = &self.program.context;
        crate::syntax::visit::expression(expr, &mut |e| {
            if let ExprKind::Call(call) = &e.kind {
                let bare = call.name.name.strip_prefix("core::").unwrap_or(&call.name.name);
                if !matches!(bare, "try" | "can") && crate::functions::find(bare).is_none() {
                    unknown = Some(crate::eval::unknown_function(context, &call.name));
                }
            }
        });
        if let Some(d) = unknown {
            return Err(d.into());
        }
        if let Some(d) = self.undeclared(expr) {
            return Err(d.into());
        }
        evaluate(&mut self.scope(0), expr, &Names::Empty)
    }

    /// The first reference that means nothing, in an expression that was not loaded.
    fn undeclared(&self, expr: &Expr) -> Option<Diagnostic> {
        let config = self.config(0)?;
        let mut problem = None;
        let sources = &self.program.context.sources;
        crate::references::each_reference(expr, &mut Vec::new(), &mut |root, steps, _| {
            if let Err(d) = crate::references::subject(sources, config, root, steps, crate::references::Allowed::default()) {
                problem.get_or_insert(d);
            }
        });
        problem
    }
}

/// What a condition came to.
enum Outcome {
    Holds,
    /// It hangs on what is not known yet.
    Untold,
}

/// An error when a condition is known not to hold.
fn check_condition(scope: &mut dyn Scope, condition: &Condition, summary: &str) -> Result<Outcome, Fault> {
    let value = evaluate(scope, &condition.condition, &Names::Empty)?;
    let error = |scope: &dyn Scope, detail: String| -> Fault {
        Diagnostic::error(summary).detail(detail).at(&scope.context().sources.span(condition.condition.at), "").into()
    };
    if value.is_unknown() {
        return Ok(Outcome::Untold);
    }
    let holds = convert(&value, &Type::Bool).ok().and_then(|v| v.as_bool());
    match holds {
        Some(true) => Ok(Outcome::Holds),
        Some(false) => {
            let message = evaluate(scope, &condition.message, &Names::Empty)?;
            let text = convert(&message, &Type::String).ok();
            let text = match text {
                Some(t) if t.contains_sensitive() => "The error message holds sensitive values, so it isn't shown.".to_string(),
                Some(t) => t.as_str().unwrap_or("The condition doesn't hold.").trim().to_string(),
                None => "The condition doesn't hold.".to_string(),
            };
            Err(error(scope, text))
        }
        None => Err(error(scope, "The condition must be true or false.".into())),
    }
}
