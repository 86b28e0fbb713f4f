//! Which argument of a resource names which other resource, also where its id is known only after
//! apply: the configuration is evaluated once more, with a name that can be recognised in the place
//! of every id that is not known. `depends_on` says less: through a module's output it names all
//! that the output is made of.

use crate::plan::Plan;
use cairn_model::instance::Configuration;
use cairn_model::{Address, Diagnostics, Instance, Kind, Mode, Resolver, Type, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// For each instance, for each of its arguments: the instances that it names.
pub type References = BTreeMap<Address, BTreeMap<String, BTreeSet<Address>>>;

/// The references of a plan to what is not made yet. A resource whose arguments can't be evaluated so (they
/// take an id apart, say) has none.
pub fn of_plan(configuration: &dyn Configuration, plan: &Plan) -> References {
    if !plan.changes.iter().any(|c| !c.after.is_null() && c.after.get("id").is_some_and(is_unknown_text)) {
        return References::new();
    }
    let values: HashMap<&Address, &Value> =
        plan.changes.iter().map(|c| (&c.address, &c.after)).chain(plan.data.iter().map(|d| (&d.address, &d.value))).collect();
    of(configuration, &mut |instance| values.get(&instance.address).map_or_else(|| instance.config.clone(), |v| (*v).clone()))
}

/// The references of a configuration, with the values that its instances have otherwise.
pub fn of(configuration: &dyn Configuration, value: &mut dyn FnMut(&Instance) -> Value) -> References {
    let mut walk = Named { value, addresses: Vec::new(), found: References::new() };
    // What can't be evaluated so has no references; everything else keeps its own.
    let _ = configuration.walk(&mut walk);
    walk.found
}

/// Begins and ends a name. Private characters: no configuration has a use for them.
const MARK: char = '\u{f8c1}';

struct Named<'a> {
    value: &'a mut dyn FnMut(&Instance) -> Value,
    addresses: Vec<Address>,
    found: References,
}

impl Resolver for Named<'_> {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let mut found: BTreeMap<String, BTreeSet<Address>> = BTreeMap::new();
        for (argument, value) in instance.config.entries().into_iter().flatten() {
            self.collect(value, found.entry(argument.clone()).or_default());
        }
        found.retain(|_, named| !named.is_empty());
        if !found.is_empty() {
            self.found.insert(instance.address.clone(), found);
        }
        let mut value = (self.value)(&instance);
        let managed = instance.address.mode == Mode::Managed;
        let entries = value.entries().into_iter().flatten().filter(|(name, v)| managed && names(name) && is_unknown_text(v));
        let unknown: Vec<String> = entries.map(|(name, _)| name.clone()).collect();
        for name in unknown {
            value = value.with(&name, Value::from(stand_in(&name, self.addresses.len())));
        }
        self.addresses.push(instance.address);
        Ok(value)
    }

    fn takes_one_for_all(&self) -> bool {
        true
    }
}

/// True for what others know a resource by. Other text may have to be JSON, or a range of addresses.
fn names(attribute: &str) -> bool {
    matches!(attribute, "id" | "arn" | "name") || attribute.ends_with("_id") || attribute.ends_with("_arn")
}

fn is_unknown_text(value: &Value) -> bool {
    matches!(value.kind(), Kind::Unknown(Type::String))
}

/// The name of a resource, in the shape that arguments insist on.
fn stand_in(name: &str, number: usize) -> String {
    let mark = format!("{MARK}{number}{MARK}");
    if name == "arn" || name.ends_with("_arn") { format!("arn:aws:cairn:us-east-1:000000000000:{mark}") } else { mark }
}

impl Named<'_> {
    fn collect(&self, value: &Value, found: &mut BTreeSet<Address>) {
        if let Some(text) = value.as_str() {
            // Every second piece is inside of marks.
            let numbers = text.split(MARK).skip(1).step_by(2).filter_map(|n| n.parse::<usize>().ok());
            found.extend(numbers.filter_map(|n| self.addresses.get(n).cloned()));
        }
        for child in value.children() {
            self.collect(child, found);
        }
    }
}
