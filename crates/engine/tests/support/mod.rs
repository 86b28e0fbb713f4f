//! A hand-written configuration, and runs of the engine on it.
#![allow(dead_code, missing_docs)]

pub mod types;
pub mod world;

use cairn_engine::*;
use cairn_model::instance::{Configuration, Output, ProviderConfig, Relevant, Sought, Values, Walked};
use cairn_model::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use world::{Kept, World};

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    Is(Value),
    Of(Address, &'static str),
    Set(Vec<Expr>),
    Tags(Vec<(&'static str, Expr)>),
}

#[derive(Clone, Debug)]
pub struct Decl {
    pub address: Address,
    pub args: Vec<(&'static str, Expr)>,
    pub depends_on: BTreeSet<Address>,
    pub lifecycle: Lifecycle,
    pub provider: String,
}

/// Declarations, each after those it refers to.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub decls: Vec<Decl>,
    pub outputs: Vec<(&'static str, Expr)>,
}

pub fn at(text: &str) -> Address {
    text.parse().unwrap()
}

pub fn lit(value: impl Into<Value>) -> Expr {
    Expr::Is(value.into())
}

pub fn of(address: &str, attribute: &'static str) -> Expr {
    Expr::Of(at(address), attribute)
}

pub fn stack() -> StackId {
    StackId { name: "moodle".into(), workspace: "test".into() }
}

pub fn mark(address: &str) -> Option<Mark> {
    Some(Mark::new(&stack(), &at(address)))
}

pub fn decl(address: &str, args: &[(&'static str, Expr)]) -> Decl {
    Decl { address: at(address), args: args.to_vec(), depends_on: BTreeSet::new(), lifecycle: Lifecycle::default(), provider: "aws".into() }
}

impl Decl {
    pub fn after(mut self, address: &str) -> Decl {
        self.depends_on.insert(at(address));
        self
    }

    pub fn before_destroy(mut self) -> Decl {
        self.lifecycle.create_before_destroy = true;
        self
    }

    pub fn protected(mut self) -> Decl {
        self.lifecycle.prevent_destroy = true;
        self
    }

    pub fn ignoring(mut self, path: Path) -> Decl {
        self.lifecycle.ignore_changes.push(path);
        self
    }

    fn schema(&self) -> &'static Schema {
        use cairn_model::instance::Schemas;
        let name = &self.address.type_name;
        let types = BuiltIn(&types::Types as &dyn Schemas);
        match self.address.mode {
            Mode::Managed => types.resource(name),
            Mode::Data => types.data_source(name),
        }
        .unwrap()
    }

    fn eval(&self, lookup: &dyn Fn(&Address) -> Option<Value>) -> Value {
        self.args.iter().fold(world::empty(self.schema()), |v, (name, e)| v.with(name, eval(e, lookup)))
    }

    fn depends(&self) -> BTreeSet<Address> {
        fn refs(e: &Expr, out: &mut BTreeSet<Address>) {
            match e {
                Expr::Is(_) => {}
                Expr::Of(a, _) => drop(out.insert(a.clone())),
                Expr::Set(e) => e.iter().for_each(|e| refs(e, out)),
                Expr::Tags(e) => e.iter().for_each(|(_, e)| refs(e, out)),
            }
        }
        let mut out = self.depends_on.clone();
        self.args.iter().for_each(|(_, e)| refs(e, &mut out));
        out
    }
}

fn eval(e: &Expr, lookup: &dyn Fn(&Address) -> Option<Value>) -> Value {
    match e {
        Expr::Is(v) => v.clone(),
        Expr::Of(a, name) => lookup(a).and_then(|v| v.get(name).cloned()).unwrap_or_else(|| Value::unknown(Type::String)),
        Expr::Set(e) => Value::set(e.iter().map(|e| eval(e, lookup)).collect()),
        Expr::Tags(e) => Value::map(e.iter().map(|(k, e)| (k.to_string(), eval(e, lookup))).collect()),
    }
}

fn span(address: &Address) -> Span {
    Span { file: "main.tf".into(), start: 0, end: 1, line: address.to_string().len(), column: 1 }
}

impl Config {
    pub fn new(decls: Vec<Decl>) -> Config {
        Config { decls, outputs: vec![] }
    }
}

impl Configuration for Config {
    fn providers(&self) -> Result<Vec<ProviderConfig>, Diagnostics> {
        Ok(vec![])
    }

    fn walk(&self, resolver: &mut dyn Resolver) -> Result<Walked, Diagnostics> {
        let mut values: HashMap<Address, Value> = HashMap::new();
        for d in &self.decls {
            let config = d.eval(&|a| values.get(a).cloned());
            let spans = d.args.iter().map(|(n, _)| (n.to_string(), Span { column: 5, ..span(&d.address) })).collect();
            let value = resolver.resolve(Instance {
                address: d.address.clone(),
                provider: d.provider.clone(),
                config,
                depends_on: d.depends(),
                lifecycle: d.lifecycle.clone(),
                span: span(&d.address),
                spans,
            })?;
            values.insert(d.address.clone(), value);
        }
        Ok(Walked { outputs: self.outputs_of(&|a| values.get(a).cloned())?, checks: Vec::new() })
    }

    fn instance(&self, address: &Address, values: &dyn Values) -> Result<Value, Diagnostics> {
        Ok(self.decls.iter().find(|d| d.address == *address).unwrap().eval(&|a| values.value(a)))
    }

    fn outputs(&self, values: &dyn Values) -> Result<BTreeMap<String, Output>, Diagnostics> {
        self.outputs_of(&|a| values.value(a))
    }

    fn relevant(&self, _sought: &Sought) -> Vec<Relevant> {
        Vec::new()
    }
}

impl Config {
    fn outputs_of(&self, lookup: &dyn Fn(&Address) -> Option<Value>) -> Result<BTreeMap<String, Output>, Diagnostics> {
        Ok(self
            .outputs
            .iter()
            .map(|(n, e)| (n.to_string(), Output { value: eval(e, lookup), sensitive: false, description: String::new() }))
            .collect())
    }
}

pub fn options() -> PlanOptions {
    PlanOptions::new(stack())
}

pub fn destroying() -> PlanOptions {
    PlanOptions { mode: PlanMode::Destroy, ..options() }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

pub fn prepare_with(world: &World, config: &Config, options: &PlanOptions) -> Result<Plan, String> {
    runtime().block_on(prepare(config, world, options, &Kept::default())).map_err(|e| e.to_string())
}

pub fn planned(world: &World, config: &Config) -> Plan {
    prepare_with(world, config, &options()).unwrap()
}

pub fn refused(world: &World, config: &Config) -> String {
    prepare_with(world, config, &options()).expect_err("the plan is refused")
}

/// No waiting in tests: tries follow each other at once, and few of them.
pub fn quick() -> Backoff {
    Backoff { first: Duration::ZERO, most: Duration::ZERO, calls: Duration::from_millis(50), in_use: Duration::from_millis(200) }
}

pub fn apply_options(stop: watch::Receiver<Stop>) -> ApplyOptions {
    ApplyOptions { parallelism: 4, stop, backoff: quick() }
}

/// Applies a plan; nothing when the run died.
pub fn try_apply(world: &Arc<World>, config: &Config, plan: &Plan, events: Arc<Kept>) -> Option<Applied> {
    let (_stop, stop) = watch::channel(Stop::Run);
    runtime().block_on(async {
        tokio::select! {
            biased;
            _ = world.died.notified() => None,
            applied = cairn_engine::apply(plan, Arc::new(config.clone()), world.clone(), apply_options(stop), events) => Some(applied),
        }
    })
}

pub fn apply_plan(world: &Arc<World>, config: &Config, plan: &Plan) -> Applied {
    try_apply(world, config, plan, Arc::default()).expect("the run ends")
}

/// Plans and applies, and expects all to go well and nothing to be left to do.
pub fn converge(world: &Arc<World>, config: &Config) -> Applied {
    let applied = apply_plan(world, config, &planned(world, config));
    assert!(applied.is_complete(), "{applied:?}");
    assert_empty(&planned(world, config));
    applied
}

pub fn assert_empty(plan: &Plan) {
    let left: Vec<_> = plan.changes.iter().filter(|c| c.action != Action::NoOp).map(|c| (&c.address, c.action, &c.differences)).collect();
    assert!(left.is_empty(), "{left:?}");
}

pub fn actions(plan: &Plan) -> Vec<(String, Action)> {
    plan.changes.iter().filter(|c| c.action != Action::NoOp).map(|c| (c.address.to_string(), c.action)).collect()
}

pub fn paths(plan: &Plan, address: &str) -> Vec<String> {
    plan.change(&at(address)).unwrap().differences.iter().map(|d| d.path.to_string()).collect()
}

pub fn world() -> Arc<World> {
    Arc::new(World::default())
}

/// A network with a route and a box in it.
pub fn small() -> Config {
    Config::new(vec![
        decl("t_net.a", &[("cidr", lit("10.0.0.0/16"))]),
        decl("t_route.r", &[("net_id", of("t_net.a", "id")), ("dest", lit("0.0.0.0/0")), ("target", lit("igw"))]),
        decl("t_box.b", &[("name", lit("b")), ("net_id", of("t_net.a", "id")), ("note", of("t_net.a", "arn"))]),
    ])
}
