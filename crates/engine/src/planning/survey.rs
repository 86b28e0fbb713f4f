//! The survey: what has to be read before anything can be planned.

use super::compose::compose;
use super::data::{self, Answer};
use super::marks;
use crate::provider::{Provider, Survey, Wanted};
use crate::snapshot::DataKey;
use crate::terraform_data;
use cairn_model::instance::Configuration;
use cairn_model::{Address, Diagnostics, Instance, Mode, Resolver, StackId, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What a survey came to.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// What to read.
    pub survey: Survey,
    /// Data sources that can be read now; the survey sees further with their answers.
    pub needs_data: Vec<DataKey>,
    /// What could not be evaluated. It may be so only because it hangs on what was not read yet, such
    /// as a `for_each` over what a data source says of a live resource: a plan tells.
    pub errors: Diagnostics,
}

/// Walks the configuration with everything unknown that AWS decides. Fails when there is nothing at
/// all to go on with.
pub fn survey(
    configuration: &dyn Configuration,
    provider: &dyn Provider,
    stack: &StackId,
    data: &BTreeMap<DataKey, Value>,
) -> Result<Surveyed, Diagnostics> {
    let mut surveyor = Surveyor {
        provider,
        stack,
        data,
        wanted: Vec::new(),
        needs: BTreeSet::new(),
        deferred: HashSet::new(),
        errors: Diagnostics::default(),
    };
    let walked = configuration.walk(&mut surveyor);
    let Surveyor { wanted, needs, mut errors, .. } = surveyor;
    if let Err(found) = walked {
        errors.extend(found);
    }
    if errors.has_errors() && wanted.is_empty() && needs.is_empty() {
        return Err(errors);
    }
    Ok(Surveyed { survey: Survey { stack: stack.clone(), wanted }, needs_data: needs.into_iter().collect(), errors })
}

struct Surveyor<'a> {
    provider: &'a dyn Provider,
    stack: &'a StackId,
    data: &'a BTreeMap<DataKey, Value>,
    wanted: Vec<Wanted>,
    needs: BTreeSet<DataKey>,
    /// Data sources that only a plan can read.
    deferred: HashSet<Address>,
    errors: Diagnostics,
}

impl Resolver for Surveyor<'_> {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        if instance.address.mode == Mode::Data {
            let schema = data::schema(self.provider, &instance)?;
            let asks = self.provider.asks(&instance.address.type_name);
            let later = asks
                && instance.depends_on.iter().any(|a| match a.mode {
                    Mode::Managed => *a.type_name != *terraform_data::TERRAFORM_DATA,
                    Mode::Data => self.deferred.contains(a),
                });
            return Ok(match data::answer(schema, &instance, self.data, later) {
                Answer::Known(value) => value,
                Answer::Later(value) => {
                    self.deferred.insert(instance.address);
                    value
                }
                Answer::Missing(key, value) => {
                    self.deferred.insert(instance.address);
                    self.needs.insert(key);
                    value
                }
            });
        }
        if *instance.address.type_name == *terraform_data::TERRAFORM_DATA {
            return Ok(terraform_data::value(self.stack, &instance.address, &instance.config));
        }
        let schema = super::planner::schema(self.provider, &instance)?;
        let mut value = compose(schema, &instance.config.deep_unmarked(), None);
        if schema.tags {
            let defaults = self.provider.default_tags(&instance.provider);
            let all = super::tags::merged(&defaults, &super::equal::part(&value, "tags"));
            value = value.with("tags_all", all);
        }
        let value = marks::marked(schema, &value, Some(&instance.config));
        self.wanted.push(Wanted { address: instance.address, provider: instance.provider, config: instance.config });
        Ok(value)
    }
}
