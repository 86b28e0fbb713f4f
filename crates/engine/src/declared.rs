//! What a configuration declares, in the shape of a plan that does nothing: for those who draw a
//! stack without asking AWS.

use crate::plan::{Change, Plan};
use crate::planning::compose::compose;
use crate::references;
use cairn_model::instance::{Configuration, Schemas};
use cairn_model::{Diagnostics, Instance, Mode, Resolver, StackId, Type, Value};

/// The resources of a configuration as it declares them. What only AWS could tell is unknown.
pub fn declared(configuration: &dyn Configuration, schemas: &dyn Schemas, stack: &StackId) -> Result<Plan, Diagnostics> {
    let mut declared = Declared { schemas, changes: Vec::new() };
    let walked = configuration.walk(&mut declared)?;
    let mut changes = declared.changes;
    changes.sort_by(|a, b| a.address.cmp(&b.address));
    Ok(Plan {
        stack: stack.clone(),
        changes,
        data: Vec::new(),
        outputs: walked.outputs,
        references: references::of(configuration, &mut |instance| declared_value(schemas, instance)),
        checks: walked.checks,
        relevant: Vec::new(),
        unchecked: Vec::new(),
        misplaced: Vec::new(),
        warnings: Vec::new(),
        destroy: false,
        refresh_only: false,
        critical_path: Vec::new(),
    })
}

struct Declared<'a> {
    schemas: &'a dyn Schemas,
    changes: Vec<Change>,
}

impl Resolver for Declared<'_> {
    fn resolve(&mut self, instance: Instance) -> Result<Value, Diagnostics> {
        let value = declared_value(self.schemas, &instance);
        let schema = self.schemas.resource(&instance.address.type_name).filter(|_| instance.address.mode == Mode::Managed);
        if let Some(schema) = schema {
            let after = crate::planning::marks::marked(schema, &value, Some(&instance.config));
            self.changes.push(Change::idle(schema, instance, Value::null(), after));
        }
        Ok(value)
    }

    fn takes_one_for_all(&self) -> bool {
        true
    }
}

/// What the rest of the configuration sees of an instance before AWS was asked.
pub fn declared_value(schemas: &dyn Schemas, instance: &Instance) -> Value {
    let name = &instance.address.type_name;
    match instance.address.mode {
        Mode::Managed => schemas.resource(name).map(|s| compose(s, &instance.config, None)),
        Mode::Data => schemas.data_source(name).map(|s| Value::unknown(s.ty())),
    }
    .unwrap_or_else(|| Value::unknown(Type::Dynamic))
}
