//! One instance, judged against its live resource: what it will be and what differs. Planning and
//! applying both use this, so that they can't disagree.

use super::compose::{before, compose, reference};
use super::differ::differences;
use super::equal::part;
use super::{ignore, marks, tags};
use crate::plan::Difference;
use crate::provider::{Provider, Refusal};
use cairn_model::{Lifecycle, Schema, Value};

/// What to judge.
pub(crate) struct Subject<'a> {
    pub schema: &'static Schema,
    pub provider_key: &'a str,
    pub lifecycle: &'a Lifecycle,
    /// The arguments, marks included.
    pub config: &'a Value,
}

/// The judgement. Values carry their marks.
pub(crate) struct Evaluated {
    /// What AWS has, as a plan shows it; `null` without a live resource.
    pub before: Value,
    /// What it will be.
    pub planned: Value,
    /// What the rest of the configuration sees.
    pub reference: Value,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl Evaluated {
    /// True when a difference can't be mended in place.
    pub fn replaces(&self) -> bool {
        self.differences.iter().any(|d| d.force_new)
    }
}

/// Judges an instance. `live` is what AWS has; nothing for one that is to be made.
pub(crate) fn evaluate(provider: &dyn Provider, subject: &Subject<'_>, live: Option<&Value>) -> Result<Evaluated, Vec<Refusal>> {
    weigh(provider, subject, live, |_, refusals| Err(refusals))
}

/// Judges an instance only to say what differs: what AWS would not change back, such as a database that has grown, is a
/// difference all the same. What the configuration alone has wrong stays wrong.
pub(crate) fn look(provider: &dyn Provider, subject: &Subject<'_>, live: Option<&Value>) -> Result<Evaluated, Vec<Refusal>> {
    evaluate(provider, subject, live).or_else(|refusals| match live {
        None => Err(refusals),
        Some(_) => evaluate(provider, subject, None).and_then(|_| weigh(provider, subject, live, |planned, _| Ok(planned))),
    })
}

fn weigh(
    provider: &dyn Provider,
    subject: &Subject<'_>,
    live: Option<&Value>,
    refused: impl FnOnce(Value, Vec<Refusal>) -> Result<Value, Vec<Refusal>>,
) -> Result<Evaluated, Vec<Refusal>> {
    let Subject { schema, provider_key, lifecycle, config } = *subject;
    let plain = config.deep_unmarked();
    let live = live.map(Value::deep_unmarked);
    let defaults = if schema.tags { provider.default_tags(provider_key) } else { Default::default() };
    let config_tags = part(&plain, "tags");

    let mut live = live;
    if schema.tags {
        live = live.map(|live| {
            let own = tags::own(&defaults, &config_tags, &part(&live, "tags_all"));
            live.with("tags", own)
        });
    }
    let mut planned = compose(schema, &plain, live.as_ref());
    let mut shown = Value::null();
    if let Some(live) = &live {
        shown = before(schema, live, &planned);
        planned = ignore::keep(schema, lifecycle, &shown, planned);
    }
    if schema.tags {
        let ignored = live.is_some() && ignore::touches(lifecycle, "tags_all");
        if !ignored {
            planned = with_tags_all(planned, &defaults, live.as_ref());
        }
    }

    let early = live.as_ref().map(|_| differences(schema, &shown, &planned)).unwrap_or_default();
    // What is replaced anyway is judged as a create; its refusals in place are of no concern.
    if !early.iter().any(|d| d.force_new) {
        planned = provider.adjust(schema, live.as_ref(), &plain, planned.clone()).or_else(|refusals| refused(planned, refusals))?;
    }
    let mut found = live.as_ref().map(|_| differences(schema, &shown, &planned)).unwrap_or_default();
    if !found.is_empty() {
        let volatile = schema.attributes().filter(|a| a.volatile && part(&plain, a.name).is_null());
        for a in volatile {
            if part(&planned, a.name) == part(&shown, a.name) {
                planned = planned.with(a.name, Value::unknown(a.ty.ty()));
            }
        }
        found = differences(schema, &shown, &planned);
    }

    let reference = marks::marked(schema, &reference(schema, &planned, &plain), Some(config));
    let planned = marks::marked(schema, &planned, Some(config));
    let before = if live.is_some() { marks::marked(schema, &shown, Some(config)) } else { Value::null() };
    for d in &mut found {
        let hidden = marks::hidden_at(&before, &d.path) || marks::hidden_at(&planned, &d.path);
        if let Some(have) = d.path.find(&before) {
            d.have = have.clone();
        }
        if let Some(want) = d.path.find(&planned) {
            d.want = want.clone();
        }
        if hidden {
            d.have = d.have.clone().sensitive();
            d.want = d.want.clone().sensitive();
        }
    }
    Ok(Evaluated { before, planned, reference, differences: found })
}

fn with_tags_all(planned: Value, defaults: &std::collections::BTreeMap<String, Value>, live: Option<&Value>) -> Value {
    let all = tags::merged(defaults, &part(&planned, "tags"));
    match live.map(|l| part(l, "tags_all")) {
        // Two empty maps, or a map and `null`, are no difference: keep what AWS has.
        Some(live) if super::equal::is_empty(&live) && super::equal::is_empty(&all) => planned.with("tags_all", live),
        _ => planned.with("tags_all", all),
    }
}

/// What the rest of the configuration sees of a resource that was just made or changed.
pub(crate) fn published(provider: &dyn Provider, subject: &Subject<'_>, live: &Value) -> Value {
    let Subject { schema, provider_key, lifecycle, config } = *subject;
    let plain = config.deep_unmarked();
    let live = live.deep_unmarked();
    let mut planned = compose(schema, &plain, Some(&live));
    planned = ignore::keep(schema, lifecycle, &before(schema, &live, &planned), planned);
    if schema.tags {
        planned = with_tags_all(planned, &provider.default_tags(provider_key), Some(&live));
    }
    marks::marked(schema, &reference(schema, &planned, &plain), Some(config))
}

/// The same for a resource that a plan leaves as it is.
pub(crate) fn unchanged(schema: &'static Schema, after: &Value, config: &Value) -> Value {
    marks::marked(schema, &reference(schema, &after.deep_unmarked(), &config.deep_unmarked()), Some(config))
}

/// The first place where a known part of what was planned turned out otherwise.
pub(crate) fn contradiction(planned: &Value, found: &Value) -> Option<cairn_model::Path> {
    use cairn_model::{Kind, Path};
    fn go(planned: &Value, found: &Value, path: &Path) -> Option<Path> {
        match (planned.kind(), found.kind()) {
            (Kind::Unknown(_), _) => None,
            (Kind::Set(_), _) if !planned.is_wholly_known() => None,
            (Kind::Object(p) | Kind::Map(p), Kind::Object(f) | Kind::Map(f)) => {
                let null = Value::null();
                p.iter()
                    .find_map(|(k, v)| go(v, f.get(k).unwrap_or(&null), &path.join(k)))
                    .or_else(|| f.iter().find(|(k, v)| !p.contains_key(*k) && !v.is_null()).map(|(k, _)| path.join(k)))
            }
            (Kind::List(p) | Kind::Tuple(p), Kind::List(f) | Kind::Tuple(f)) if p.len() == f.len() => {
                p.iter().zip(f.iter()).enumerate().find_map(|(i, (p, f))| go(p, f, &path.index(i)))
            }
            (p, f) => (p != f).then(|| path.clone()),
        }
    }
    go(&planned.deep_unmarked(), &found.deep_unmarked(), &Path::default())
}
