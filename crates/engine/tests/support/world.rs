//! A world in memory that behaves like AWS where it matters: it refuses names that are taken, and to
//! destroy what something hangs on; it can lose replies, and stop dead at any call.

use super::types::{self, Types};
use cairn_engine::event::{Event, Events};
use cairn_engine::provider::{Reading, Refusal};
use cairn_engine::*;
use cairn_model::instance::Schemas;
use cairn_model::*;
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tokio::sync::Notify;

#[derive(Clone, Debug)]
pub struct Thing {
    pub schema: &'static Schema,
    pub id: String,
    pub value: Value,
    pub mark: Option<Mark>,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The run dies before the call.
    DieBefore,
    /// The run dies after the call was carried out.
    DieAfter,
    /// The call is carried out and its reply is lost.
    ReplyLost,
    /// The call is lost on its way, and so its reply.
    CallLost,
    /// Refused for its rate.
    Throttled,
    /// Refused for good.
    Fails,
}

#[derive(Default)]
pub struct State {
    pub things: BTreeMap<(&'static str, String), Thing>,
    pub log: Vec<String>,
    pub calls: usize,
    pub trouble: BTreeMap<usize, Trouble>,
    /// Trouble for every call whose log line begins so.
    pub trouble_with: Vec<(String, Trouble)>,
    pub next: usize,
    pub unchecked: Vec<Unchecked>,
    /// Ids that the next look at them misses.
    pub overlooked: Vec<String>,
    pub defaults: BTreeMap<String, Value>,
    pub running: usize,
    pub most_running: usize,
}

#[derive(Default)]
pub struct World {
    pub state: Mutex<State>,
    pub died: Notify,
}

impl World {
    pub fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap())
    }

    /// Puts something there by hand.
    pub fn put(&self, schema: &'static Schema, id: &str, mark: Option<Mark>, attributes: &[(&str, Value)]) {
        let value = attributes.iter().fold(empty(schema), |v, (k, x)| v.with(k, x.clone())).with("id", id.into());
        self.with(|s| s.things.insert((schema.name, id.into()), Thing { schema, id: id.into(), value, mark }));
    }

    /// Changes something by hand.
    pub fn edit(&self, type_name: &'static str, id: &str, name: &str, value: Value) {
        self.with(|s| {
            let thing = s.things.get_mut(&(type_name, id.to_string())).unwrap();
            thing.value = thing.value.clone().with(name, value);
        });
    }

    pub fn log(&self) -> Vec<String> {
        self.with(|s| std::mem::take(&mut s.log))
    }

    pub fn ids(&self) -> Vec<String> {
        self.with(|s| s.things.keys().map(|(_, id)| id.clone()).collect())
    }

    fn live(state: &State, thing: &Thing) -> Live {
        let mut value = thing.value.clone();
        if thing.schema.name == "t_net" {
            let routes = state.things.values().filter(|t| t.schema.name == "t_route" && t.value.get_str("net_id") == Some(&thing.id));
            let routes = routes.map(|r| {
                Value::object_of([("dest", r.value.get("dest").unwrap().clone()), ("target", r.value.get("target").unwrap().clone())])
            });
            value = value.with("route", Value::set(routes.collect()));
        }
        let owner = match &thing.mark {
            Some(mark) => Owner::Mark(mark.clone()),
            None if thing.schema.name == "t_route" => {
                Owner::Child { parent_type: "t_net", parent_id: thing.value.get_str("net_id").unwrap().to_string() }
            }
            None => Owner::Nobody,
        };
        Live { schema: thing.schema, provider: "aws".into(), id: thing.id.clone(), value, owner }
    }

    /// Counts a call, and lets happen to it what is to happen. `Err` before it is carried out;
    /// what is given back happens after.
    async fn call(&self, what: String) -> Result<Option<Trouble>, Failure> {
        let trouble = self.with(|s| {
            s.calls += 1;
            let with = s.trouble_with.iter().find(|(t, _)| what.starts_with(t.as_str())).map(|(_, t)| *t);
            s.log.push(what);
            s.trouble.get(&s.calls).copied().or(with)
        });
        match trouble {
            Some(Trouble::DieBefore) => {
                self.died.notify_one();
                std::future::pending().await
            }
            Some(Trouble::CallLost) => Err(Failure::new(FailureKind::ReplyLost, "connection reset")),
            Some(Trouble::Throttled) => Err(Failure::new(FailureKind::Throttled, "slow down")),
            Some(Trouble::Fails) => Err(Failure::new(FailureKind::Other, "it broke")),
            other => Ok(other),
        }
    }

    async fn after<T>(&self, trouble: Option<Trouble>, result: T) -> Result<T, Failure> {
        tokio::task::yield_now().await;
        match trouble {
            Some(Trouble::DieAfter) => {
                self.died.notify_one();
                std::future::pending().await
            }
            Some(Trouble::ReplyLost) => Err(Failure::new(FailureKind::ReplyLost, "connection reset")),
            _ => Ok(result),
        }
    }
}

pub fn empty(schema: &Schema) -> Value {
    let attributes = schema.attributes().map(|a| (a.name.to_string(), Value::null()));
    let blocks = schema.block.blocks.iter().map(|b| {
        let none = if b.nesting == Nesting::Set { Value::set(vec![]) } else { Value::list(vec![]) };
        (b.name.to_string(), none)
    });
    Value::object(attributes.chain(blocks).collect())
}

/// What the world makes of what is wanted: it decides what is unknown, and forgets what it doesn't keep.
fn settle(schema: &Schema, id: &str, want: &Value, version: i64) -> Value {
    let mut value = want.deep_unmarked().with("id", id.into());
    if schema.attribute("arn").is_some() {
        value = value.with("arn", format!("arn:test:{id}").into());
    }
    if schema.attribute("version").is_some() {
        value = value.with("version", Value::number(version));
    }
    for a in schema.attributes() {
        if value.get(a.name).is_some_and(Value::is_unknown) {
            value = value.with(a.name, format!("{}-of-{id}", a.name).into());
        }
        if a.config_only {
            value = value.with(a.name, Value::null());
        }
    }
    for b in schema.block.blocks {
        let Some(elements) = value.get(b.name).and_then(Value::elements).map(<[Value]>::to_vec) else {
            value = value.with(b.name, if b.nesting == Nesting::Set { Value::set(vec![]) } else { Value::list(vec![]) });
            continue;
        };
        let elements = elements
            .into_iter()
            .map(|e| {
                b.block.attributes.iter().fold(e, |e, a| match e.get(a.name) {
                    _ if a.config_only => e.with(a.name, Value::null()),
                    Some(v) if v.is_unknown() => {
                        let made = format!("{}-{:?}", a.name, e.get("port"));
                        e.with(a.name, made.into())
                    }
                    _ => e,
                })
            })
            .collect();
        value = value.with(b.name, if b.nesting == Nesting::Set { Value::set(elements) } else { Value::list(elements) });
    }
    // AWS writes JSON in its own way.
    if let Some(json) = value.get_str("policy").and_then(|p| serde_json::from_str::<serde_json::Value>(p).ok()) {
        value = value.with("policy", serde_json::to_string_pretty(&json).unwrap().into());
    }
    let all = value.get("tags_all").cloned().unwrap_or_else(Value::null);
    if schema.tags {
        value = value.with("tags", all);
    }
    value
}

impl Provider for World {
    fn schemas(&self) -> &dyn Schemas {
        &Types
    }

    fn facts(&self, type_name: &str) -> Option<TypeFacts> {
        types::ALL.iter().any(|s| s.name == type_name).then(|| types::facts(type_name))
    }

    fn adjust(&self, schema: &'static Schema, live: Option<&Value>, _: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let (have, want) = (live.and_then(|l| l.get("size")?.as_i64()), planned.get("size").and_then(Value::as_i64));
        if schema.name == "t_box" && have.zip(want).is_some_and(|(h, w)| w < h) {
            return Err(vec![Refusal { attribute: "size".into(), message: "a box can't shrink".into() }]);
        }
        Ok(planned)
    }

    fn protected(&self, live: &Live, _: Option<&Value>) -> Option<String> {
        (live.value.get_str("note") == Some("keep")).then(|| "it is kept".to_string())
    }

    fn read<'a>(&'a self, survey: &'a Survey) -> BoxFuture<'a, Result<Reading, Failure>> {
        Box::pin(async move {
            self.with(|s| {
                let stack = survey.stack.to_string();
                let ours = |t: &Thing| t.mark.as_ref().is_some_and(|m| m.stack == stack);
                let read = |t: &&Thing| !s.unchecked.iter().any(|u| u.type_name == t.schema.name);
                let parent_ours = |t: &Thing| {
                    t.schema.name == "t_route"
                        && t.value
                            .get_str("net_id")
                            .is_some_and(|n| s.things.get(&("t_net", n.to_string())).is_some_and(|p| ours(p) && read(&p)))
                };
                let claimed = |t: &Thing| {
                    survey.wanted.iter().any(|w| {
                        *w.address.type_name == *t.schema.name
                            && w.config.get_str("name").is_some_and(|n| t.value.get_str("name") == Some(n))
                    })
                };
                let live =
                    s.things.values().filter(read).filter(|t| ours(t) || parent_ours(t) || claimed(t)).map(|t| World::live(s, t)).collect();
                Ok(Reading { live, unchecked: s.unchecked.clone() })
            })
        })
    }

    fn asks(&self, type_name: &str) -> bool {
        type_name != "t_text"
    }

    fn read_data<'a>(&'a self, keys: &'a [DataKey]) -> BoxFuture<'a, Vec<Result<Value, Failure>>> {
        Box::pin(async move {
            self.with(|s| {
                s.log.extend(keys.iter().map(|k| format!("data {:?}", k.config.get("of").unwrap())));
                let answer = |key: &DataKey| {
                    let of = key.config.get_str("of").unwrap();
                    if of == "nobody" {
                        return Err(Failure::new(FailureKind::NotFound, "there is no such thing"));
                    }
                    Ok(Value::object_of([("id", Value::from(of)), ("of", of.into()), ("found", format!("found-{of}").into())]))
                };
                keys.iter().map(answer).collect()
            })
        })
    }

    fn refresh<'a>(&'a self, live: &'a Live) -> BoxFuture<'a, Result<Option<Live>, Failure>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(self.with(|s| {
                if let Some(missed) = s.overlooked.iter().position(|id| *id == live.id) {
                    s.overlooked.swap_remove(missed);
                    return None;
                }
                s.things.get(&(live.schema.name, live.id.clone())).map(|t| World::live(s, t))
            }))
        })
    }

    fn find<'a>(&'a self, create: &'a Create<'a>) -> BoxFuture<'a, Result<Option<Live>, Failure>> {
        Box::pin(async move {
            Ok(self.with(|s| {
                s.log.push("find".into());
                let key = cairn_engine::snapshot::key_of(create.schema, create.want);
                let found = s.things.values().find(|t| {
                    t.schema == create.schema
                        && match &t.mark {
                            Some(mark) => *mark == create.mark,
                            None => cairn_engine::snapshot::key_of(t.schema, &t.value) == key,
                        }
                });
                found.map(|t| World::live(s, t))
            }))
        })
    }

    fn create<'a>(&'a self, create: &'a Create<'a>) -> BoxFuture<'a, Result<Live, Failure>> {
        Box::pin(async move {
            let address = create.mark.address().unwrap();
            assert!(create.want.get("tags_all").is_none_or(Value::is_wholly_known), "wanted tags are known");
            let trouble = self.call(format!("create {address}")).await?;
            self.with(|s| {
                s.running += 1;
                s.most_running = s.most_running.max(s.running);
            });
            tokio::task::yield_now().await;
            let made = self.with(|s| {
                s.running -= 1;
                let want = create.want;
                for name in ["net_id", "parent"] {
                    if let Some(on) = want.get_str(name)
                        && !s.things.keys().any(|(_, id)| id == on)
                    {
                        return Err(Failure::new(FailureKind::Invalid, format!("{name} {on} is not there")));
                    }
                }
                let id = match create.schema.name {
                    "t_route" => format!("{}_{}", want.get_str("net_id").unwrap(), want.get_str("dest").unwrap()),
                    "t_box" => want.get_str("name").unwrap().to_string(),
                    other => {
                        s.next += 1;
                        format!("{}-{}", &other[2..], s.next)
                    }
                };
                if s.things.contains_key(&(create.schema.name, id.clone())) {
                    return Err(Failure::new(FailureKind::AlreadyExists, format!("{id} exists")));
                }
                let mark = (create.schema.name != "t_route").then(|| create.mark.clone());
                let thing = Thing { schema: create.schema, id: id.clone(), value: settle(create.schema, &id, want, 1), mark };
                let live = World::live(s, &thing);
                s.things.insert((create.schema.name, id), thing);
                Ok(live)
            })?;
            self.after(trouble, made).await
        })
    }

    fn update<'a>(&'a self, update: &'a Update<'a>) -> BoxFuture<'a, Result<Live, Failure>> {
        Box::pin(async move {
            let trouble = self.call(format!("update {}", update.mark.address().unwrap())).await?;
            tokio::task::yield_now().await;
            let live = self.with(|s| {
                let key = (update.live.schema.name, update.live.id.clone());
                let Some(thing) = s.things.get_mut(&key) else { return Err(Failure::new(FailureKind::NotFound, "gone")) };
                let version = thing.value.get("version").and_then(Value::as_i64).unwrap_or(0) + 1;
                thing.value = settle(thing.schema, &thing.id, update.want, version);
                if thing.mark.is_some() {
                    thing.mark = Some(update.mark.clone());
                }
                let thing = thing.clone();
                Ok(World::live(s, &thing))
            })?;
            self.after(trouble, live).await
        })
    }

    fn delete<'a>(&'a self, delete: &'a Delete<'a>) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let trouble = self.call(format!("delete {}", delete.live.id)).await?;
            tokio::task::yield_now().await;
            self.with(|s| {
                let id = &delete.live.id;
                let hanging =
                    s.things.values().find(|t| t.id != *id && ["net_id", "parent"].iter().any(|n| t.value.get_str(n) == Some(id)));
                if let Some(hanging) = hanging {
                    return Err(Failure::new(FailureKind::InUse, format!("{} hangs on {id}", hanging.id)));
                }
                match s.things.remove(&(delete.live.schema.name, id.clone())) {
                    Some(_) => Ok(()),
                    None => Err(Failure::new(FailureKind::NotFound, "gone")),
                }
            })?;
            self.after(trouble, ()).await
        })
    }

    fn depose<'a>(&'a self, live: &'a Live, mark: Mark) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let trouble = self.call(format!("depose {}", live.id)).await?;
            self.with(|s| s.things.get_mut(&(live.schema.name, live.id.clone())).unwrap().mark = Some(mark));
            self.after(trouble, ()).await
        })
    }

    fn default_tags(&self, _: &str) -> BTreeMap<String, Value> {
        self.with(|s| s.defaults.clone())
    }
}

/// Keeps events.
#[derive(Default)]
pub struct Kept(pub Mutex<Vec<Event>>);

impl Events for Kept {
    fn event(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}
