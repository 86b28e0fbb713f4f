//! Reading for one stack or for many: those that go the same way into AWS are read together.

use crate::adapter::ResourceType;
use crate::client::Aws;
use crate::provider::AwsProvider;
use crate::register::Entry;
use crate::registry;
use crate::scope::{Asker, Session};
use crate::tag_index::{self, TagIndex};
use cairn_engine::provider::Reading;
use cairn_engine::{Failure, FailureKind, Live, Survey, Unchecked};
use futures::StreamExt;
use futures::future::{BoxFuture, join_all};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one stack asks through one provider configuration.
struct Ask {
    /// Its place among those who ask.
    place: usize,
    /// Key of the provider configuration.
    key: String,
    asker: Asker,
}

/// What a group asked, and what was read for each of it.
type Parts = (Vec<Ask>, Vec<Result<Reading, Failure>>);

/// Reads what several stacks ask for, each as if it were read alone. Stacks that go the same way into AWS share their
/// calls; `at_once` is how many ways are read at once.
pub async fn read_together(asked: &[(&AwsProvider, &Survey)], at_once: usize) -> Vec<Result<Reading, Failure>> {
    let reads = groups(asked).into_iter().map(|(aws, asks)| -> BoxFuture<'_, Parts> {
        Box::pin(async move {
            let parts = read_way(&aws, &asks).await;
            (asks, parts)
        })
    });
    let read: Vec<_> = futures::stream::iter(reads.collect::<Vec<_>>()).buffered(at_once.max(1)).collect().await;
    let mut whole: Vec<Result<Reading, Failure>> = asked.iter().map(|_| Ok(Reading::default())).collect();
    for (ask, part) in read.into_iter().flat_map(|(asks, parts)| asks.into_iter().zip(parts)) {
        if let Some(place) = whole.get_mut(ask.place) {
            join(place, part);
        }
    }
    for reading in whole.iter_mut().flatten() {
        // Two configurations may look at one account and region.
        reading.live.sort_by(|a, b| (a.schema.name, &a.id, &a.provider).cmp(&(b.schema.name, &b.id, &b.provider)));
    }
    whole
}

/// Those who go the same way, as many as one filter takes.
fn groups(asked: &[(&AwsProvider, &Survey)]) -> Vec<(Arc<Aws>, Vec<Ask>)> {
    let mut groups: Vec<(Arc<Aws>, Vec<Ask>)> = Vec::new();
    for (place, (provider, survey)) in asked.iter().enumerate() {
        for (key, way) in provider.ways() {
            let wanted = survey.wanted.iter().filter(|w| w.provider == *key).cloned().collect();
            let asker = Asker { stack: provider.stack.clone(), default_tags: way.settings.default_tags.clone(), wanted };
            let ask = Ask { place, key: key.to_string(), asker };
            match groups.iter_mut().find(|(aws, group)| Arc::ptr_eq(aws, &way.aws) && group.len() < tag_index::STACKS) {
                Some((_, group)) => group.push(ask),
                None => groups.push((way.aws.clone(), vec![ask])),
            }
        }
    }
    groups
}

/// Adds a part to what was read for a stack. A part that could not be read at all spoils the whole.
fn join(whole: &mut Result<Reading, Failure>, part: Result<Reading, Failure>) {
    match (whole.as_mut(), part) {
        (Ok(whole), Ok(part)) => {
            whole.live.extend(part.live);
            whole.unchecked.extend(part.unchecked);
        }
        (Ok(_), Err(failure)) => *whole = Err(failure),
        (Err(_), _) => {}
    }
}

/// Failures that concern every type.
fn is_fatal(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Credentials | FailureKind::Unreachable)
}

type OfType = BTreeMap<&'static str, Result<Vec<Live>, Failure>>;

/// Reads through one way. What can't be read for all is read again for each who needs it: the fault may lie with one.
async fn read_way(aws: &Aws, asks: &[Ask]) -> Vec<Result<Reading, Failure>> {
    let session = Session::new(asks.iter().map(|a| a.asker.clone()).collect());
    // Credentials and endpoint concern every type: the first calls find that out.
    let registers = join_all(asks.iter().map(|a| session.register(aws, &a.asker.stack)));
    let (index, registers) = futures::join!(session.index(aws), registers);
    let failures: Vec<&Failure> = index.as_ref().err().into_iter().chain(registers.iter().filter_map(|r| r.as_ref().err())).collect();
    // Where no first call is answered, the others are not waited for.
    let silent = failures.len() > asks.len() && failures.iter().all(|f| f.kind == FailureKind::ReplyLost);
    if let Some(fatal) = failures.into_iter().find(|f| silent || is_fatal(f)) {
        return asks.iter().map(|_| Err(fatal.clone())).collect();
    }
    let (index, index_failure) = (index.as_ref().ok().copied(), index.as_ref().err());
    let names: Vec<BTreeSet<&str>> =
        asks.iter().zip(&registers).map(|(ask, r)| names(ask, index, r.as_ref().copied().unwrap_or_default())).collect();
    let of_type = read_types(aws, &names.iter().flatten().copied().collect(), &session, "").await;
    if let Some(fatal) = of_type.values().filter_map(|r| r.as_ref().err()).find(|f| is_fatal(f)) {
        return asks.iter().map(|_| Err(fatal.clone())).collect();
    }
    let shares = asks.iter().zip(&registers).zip(&names).map(|((ask, register), names)| async {
        let mut reading = Reading::default();
        for (what, failure) in [("tag index", index_failure), ("register", register.as_ref().err())] {
            reading.unchecked.extend(failure.map(|f| unchecked(&format!("({what})"), ask, f)));
        }
        take(&mut reading, ask, names, &of_type);
        if asks.len() > 1 {
            read_alone(aws, ask, &mut reading).await?;
        }
        Ok(reading)
    });
    join_all(shares).await
}

/// Takes what one stack would have read.
fn take(reading: &mut Reading, ask: &Ask, names: &BTreeSet<&str>, of_type: &OfType) {
    for name in names {
        match of_type.get(name) {
            Some(Ok(live)) => reading.live.extend(live.iter().map(|l| Live { provider: ask.key.clone(), ..l.clone() })),
            Some(Err(failure)) => reading.unchecked.push(unchecked(name, ask, failure)),
            None => {}
        }
    }
}

fn unchecked(type_name: &str, ask: &Ask, failure: &Failure) -> Unchecked {
    Unchecked { type_name: type_name.to_string(), provider: ask.key.clone(), reason: failure.to_string() }
}

/// Reads the types again that could not be read together with others.
async fn read_alone(aws: &Aws, ask: &Ask, reading: &mut Reading) -> Result<(), Failure> {
    let failed: Vec<Unchecked> = std::mem::take(&mut reading.unchecked);
    let names: BTreeSet<&'static str> =
        failed.iter().filter_map(|u| registry::resource(&u.type_name)).map(|kind| kind.schema().name).collect();
    reading.unchecked.extend(failed.into_iter().filter(|u| !names.contains(u.type_name.as_str())));
    if names.is_empty() {
        return Ok(());
    }
    let session = Session::new(vec![ask.asker.clone()]);
    let of_type = read_types(aws, &names, &session, &ask.key).await;
    if let Some(fatal) = of_type.values().filter_map(|r| r.as_ref().err()).find(|f| is_fatal(f)) {
        return Err(fatal.clone());
    }
    take(reading, ask, &names, &of_type);
    Ok(())
}

async fn read_types(aws: &Aws, names: &BTreeSet<&'static str>, session: &Session, key: &str) -> OfType {
    let kinds: Vec<&dyn ResourceType> = names.iter().filter_map(|n| registry::resource(n)).collect();
    let read = join_all(kinds.iter().map(|kind| kind.read(aws, key, session))).await;
    kinds.iter().map(|kind| kind.schema().name).zip(read).collect()
}

/// The types to read for one stack: those of its configuration, those that the index and its register mention, and
/// the parts of all of them.
fn names(ask: &Ask, index: Option<&TagIndex>, register: &[Entry]) -> BTreeSet<&'static str> {
    let wanted = ask.asker.wanted.iter().filter_map(|w| registry::resource(&w.address.type_name));
    let mut names: BTreeSet<&'static str> = wanted.map(|kind| kind.schema().name).collect();
    for kind in registry::RESOURCES {
        let name = kind.schema().name;
        let indexed = match (kind.index(), index) {
            (Some((service, resource)), Some(index)) => index.any(&ask.asker.stack, service, resource),
            _ => false,
        };
        if indexed || register.iter().any(|e| e.type_name == name) || registry::ALWAYS_READ.contains(&name) {
            names.insert(name);
        }
    }
    registry::with_parts(names)
}
