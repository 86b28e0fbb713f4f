//! `aws_s3_bucket_lifecycle_configuration`.

use super::{BUCKET, change, consistent, settings, unbuilt};
use crate::client::Aws;
use crate::failure::{absent, failed, gone};
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run};
use crate::scope::Scope;
use aws_sdk_s3::types as s3;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_engine::impact::{self, Does, Effects, InPlace};
use cairn_engine::provider::{Parent, Refusal};
use cairn_model::model::Model as _;
use cairn_model::{Value, between, length, one_of};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of a bucket's objects as they grow old.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_s3_bucket_lifecycle_configuration", timeouts = "create update", unread = "expected_bucket_owner rule.prefix")]
pub struct BucketLifecycle {
    /// Bucket that it is for.
    #[attr(required, force_new, key)]
    bucket: String,
    /// From which size objects change their class: `all_storage_classes_128K` or `varies_by_storage_class`.
    #[attr(optional, computed, check = one_of!("all_storage_classes_128K", "varies_by_storage_class"))]
    transition_default_minimum_object_size: Option<String>,
    /// The rules.
    #[block]
    rule: Vec<Rule>,
}

/// A rule.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    #[attr(required, check = length!(1, 255))]
    id: String,
    /// `Enabled` or `Disabled`.
    #[attr(required, check = one_of!("Enabled", "Disabled"))]
    status: String,
    /// When unfinished uploads are given up.
    #[block(max = 0)]
    abort_incomplete_multipart_upload: Option<AbortIncompleteMultipartUpload>,
    /// When objects go.
    #[block(max = 0)]
    expiration: Option<Expiration>,
    /// Which objects it is about; all when left out.
    #[block(max = 0, computed)]
    filter: Option<Filter>,
    /// When old versions go.
    #[block(max = 0)]
    noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    /// When old versions move to another class.
    #[block]
    noncurrent_version_transition: BTreeSet<NoncurrentVersionTransition>,
    /// When objects move to another class.
    #[block]
    transition: BTreeSet<Transition>,
}

/// When unfinished uploads are given up.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct AbortIncompleteMultipartUpload {
    /// Days after they began.
    #[attr(optional, check = between!(1, 2_147_483_647))]
    days_after_initiation: Option<i32>,
}

/// When objects go.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Expiration {
    /// On this day, such as `2030-01-01T00:00:00Z`.
    #[attr(optional, check = midnight)]
    date: Option<String>,
    /// Days after they were made.
    #[attr(optional, computed)]
    days: Option<i32>,
    /// Remove the marker that is left when all versions of an object are gone.
    #[attr(optional, computed)]
    expired_object_delete_marker: Option<bool>,
}

/// Which objects a rule is about.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Filter {
    /// Larger than this many bytes.
    #[attr(optional, computed)]
    object_size_greater_than: Option<i64>,
    /// Smaller than this many bytes.
    #[attr(optional, computed)]
    object_size_less_than: Option<i64>,
    /// Their keys begin so.
    #[attr(optional, computed)]
    prefix: Option<String>,
    /// They have this tag.
    #[block(max = 0)]
    tag: Option<Tag>,
    /// All of this holds.
    #[block(max = 0)]
    and: Option<And>,
}

impl Filter {
    /// The one that lets every object through, as AWS gives it back.
    fn of_all() -> Filter {
        Filter { object_size_greater_than: None, object_size_less_than: None, prefix: Some(String::new()), tag: None, and: None }
    }
}

/// A tag of objects.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Tag {
    /// Its key.
    #[attr(required)]
    key: String,
    /// Its value.
    #[attr(required)]
    value: String,
}

/// Several conditions at once.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct And {
    /// Larger than this many bytes.
    #[attr(optional, computed)]
    object_size_greater_than: Option<i64>,
    /// Smaller than this many bytes.
    #[attr(optional, computed)]
    object_size_less_than: Option<i64>,
    /// Their keys begin so.
    #[attr(optional, computed)]
    prefix: Option<String>,
    /// They have these tags.
    #[attr(optional)]
    tags: BTreeMap<String, String>,
}

/// When old versions go.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct NoncurrentVersionExpiration {
    /// This many newer old versions stay.
    #[attr(optional, computed)]
    newer_noncurrent_versions: Option<i32>,
    /// Days after they were replaced.
    #[attr(required)]
    noncurrent_days: i32,
}

/// When old versions move to another class.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoncurrentVersionTransition {
    /// This many newer old versions stay.
    #[attr(optional, computed)]
    newer_noncurrent_versions: Option<i32>,
    /// Days after they were replaced.
    #[attr(required)]
    noncurrent_days: i32,
    /// The class, such as `STANDARD_IA`.
    #[attr(required, check = storage_class)]
    storage_class: String,
}

/// When objects move to another class.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    /// On this day, such as `2030-01-01T00:00:00Z`.
    #[attr(optional, check = midnight)]
    date: Option<String>,
    /// Days after they were made.
    #[attr(optional, computed)]
    days: Option<i32>,
    /// The class, such as `STANDARD_IA`.
    #[attr(required, check = storage_class)]
    storage_class: String,
}

impl Resource for BucketLifecycle {
    const CONSOLE: Option<&'static str> = Some("s3/buckets/{bucket}?region={region}&tab=management");
    const SERVICE: &'static str = "s3";
    const PARENTS: &'static [Parent] = &[BUCKET];
    const TYPICAL_UPDATE_SECONDS: u64 = 5;
    const EFFECTS: Effects = Effects {
        in_place: &[InPlace {
            arguments: &["rule"],
            does: Does::MayLose,
            what: "objects that a new or changed rule lets expire are deleted",
            when: impact::always,
            source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html",
        }],
        ..Effects::NONE
    };
    const CALLS: Calls = Calls {
        read: &["s3:GetBucketLifecycleConfiguration"],
        create: &["s3:PutBucketLifecycleConfiguration"],
        update: &["s3:PutBucketLifecycleConfiguration"],
        delete: &["s3:DeleteBucketLifecycle"],
        read_cost: "1 per bucket: GetBucketLifecycleConfiguration takes one bucket",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<BucketLifecycle>>, Failure> {
        settings(aws, scope, |bucket| async move { get(aws, &bucket).await }).await
    }

    async fn create(aws: &Aws, want: &BucketLifecycle, making: &Making<'_>) -> Result<String, Failure> {
        put(aws, want, making.run).await.map(|()| want.bucket.clone())
    }

    async fn update(aws: &Aws, _: &Found<BucketLifecycle>, want: &BucketLifecycle, changing: &Changing<'_>) -> Result<(), Failure> {
        put(aws, want, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<BucketLifecycle>, removing: &Removing<'_, BucketLifecycle>) -> Result<(), Failure> {
        gone(
            change(removing.run, &have.id, || async {
                gone(aws.s3.delete_bucket_lifecycle().bucket(&have.id).send().await.map_err(failed("s3:DeleteBucketLifecycle")))
            })
            .await,
        )?;
        consistent(removing.run, &format!("lifecycle rules of bucket {} to be gone", have.id), || async {
            Ok(get(aws, &have.id).await?.is_none())
        })
        .await
    }

    fn adjust(_: Option<&Value>, config: &Value, planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let rules = config.get("rule").and_then(Value::elements).unwrap_or_default();
        if config.get("rule").is_some_and(|r| r.is_null() || r.elements().is_some_and(<[_]>::is_empty)) {
            refusals.push(Refusal { attribute: "rule".into(), message: "at least one `rule` block is needed".into() });
        }
        for rule in rules {
            let id = rule.get_str("id").unwrap_or_default();
            let count = |holder: &Value, name: &str| holder.get(name).and_then(Value::elements).map_or(0, <[_]>::len);
            let filter = rule.get("filter").and_then(Value::elements).and_then(<[_]>::first);
            let blocks =
                ["abort_incomplete_multipart_upload", "expiration", "filter", "noncurrent_version_expiration"].map(|n| (n, count(rule, n)));
            let inner = ["and", "tag"].map(|n| (n, filter.map_or(0, |f| count(f, n))));
            for (name, _) in blocks.into_iter().chain(inner).filter(|(_, n)| *n > 1) {
                refusals.push(Refusal { attribute: "rule".into(), message: format!("rule \"{id}\" holds more than one `{name}` block") });
            }
            let actions = [
                "abort_incomplete_multipart_upload",
                "expiration",
                "noncurrent_version_expiration",
                "noncurrent_version_transition",
                "transition",
            ];
            let any = actions.iter().any(|n| rule.get(n).is_some_and(|v| v.is_unknown()) || count(rule, n) > 0);
            if !any && !rule.is_unknown() {
                refusals.push(Refusal {
                    attribute: "rule".into(),
                    message: format!("rule \"{id}\" does nothing: it needs an expiration or a transition"),
                });
            }
        }
        if refusals.is_empty() { Ok(settled(config, planned)) } else { Err(refusals) }
    }
}

/// From which size objects change their class when nothing is said.
const DEFAULT_SIZE: &str = "all_storage_classes_128K";

/// The planned rules with what S3 makes of arguments that are left out: all of them are put in one call, so that
/// nothing of an earlier rule stays.
fn settled(config: &Value, planned: Value) -> Value {
    let size = "transition_default_minimum_object_size";
    let undecided = left_out(config, size) && planned.get(size).is_some_and(Value::is_unknown);
    let planned = if undecided { planned.with(size, Value::string(DEFAULT_SIZE)) } else { planned };
    let Some(rules) = planned.get("rule").and_then(Value::elements) else { return planned };
    let none = Value::null();
    let written = |i: usize| config.get("rule").and_then(Value::elements).and_then(|rules| rules.get(i)).unwrap_or(&none);
    let rules = rules.iter().enumerate().map(|(i, rule)| settled_rule(written(i), rule.clone())).collect();
    planned.with("rule", Value::list(rules))
}

fn settled_rule(config: &Value, mut rule: Value) -> Value {
    // A rule without a filter is about every object, whatever filter AWS has now.
    if config.get("filter").is_none_or(|f| f.is_null() || f.elements() == Some(&[])) {
        rule = rule.with("filter", Value::list(vec![Filter::of_all().to_object()]));
    }
    for (block, argument, value) in [
        ("expiration", "days", Value::null()),
        ("expiration", "expired_object_delete_marker", Value::bool(false)),
        ("filter", "object_size_greater_than", Value::null()),
        ("filter", "object_size_less_than", Value::null()),
        ("filter", "prefix", Value::null()),
        ("noncurrent_version_expiration", "newer_noncurrent_versions", Value::null()),
    ] {
        let (Some(written), Some(planned)) = (first(config, block), first(&rule, block)) else { continue };
        if left_out(&written, argument) {
            // A filter that names nothing is written as an empty prefix.
            let value = if argument == "prefix" && is_bare(&written) { Value::string("") } else { value };
            rule = rule.with(block, Value::list(vec![planned.with(argument, value)]));
        }
    }
    let (Some(written), Some(filter)) = (first(config, "filter"), first(&rule, "filter")) else { return rule };
    let (Some(written), Some(and)) = (first(&written, "and"), first(&filter, "and")) else { return rule };
    let left = ["object_size_greater_than", "object_size_less_than", "prefix"].into_iter().filter(|a| left_out(&written, a));
    let and = left.fold(and, |and, argument| and.with(argument, Value::null()));
    rule.with("filter", Value::list(vec![filter.with("and", Value::list(vec![and]))]))
}

fn first(of: &Value, block: &str) -> Option<Value> {
    of.get(block).and_then(Value::elements).and_then(<[_]>::first).cloned()
}

fn left_out(config: &Value, argument: &str) -> bool {
    config.get(argument).is_none_or(Value::is_null)
}

/// A filter that lets every object through.
fn is_bare(filter: &Value) -> bool {
    filter.entries().is_some_and(|all| all.values().all(|v| v.is_null() || v.elements().is_some_and(<[_]>::is_empty)))
}

async fn get(aws: &Aws, bucket: &str) -> Result<Option<BucketLifecycle>, Failure> {
    let call = aws.s3.get_bucket_lifecycle_configuration().bucket(bucket);
    let answer = absent(call.send().await.map_err(failed("s3:GetBucketLifecycleConfiguration")))?;
    Ok(answer.filter(|a| !a.rules().is_empty()).map(|a| BucketLifecycle {
        bucket: bucket.to_string(),
        transition_default_minimum_object_size: Some(
            a.transition_default_minimum_object_size.map_or_else(|| DEFAULT_SIZE.to_string(), |s| s.as_str().to_string()),
        ),
        rule: a.rules.unwrap_or_default().into_iter().map(from_rule).collect(),
    }))
}

/// Rules that were made before filters existed still hold their prefix outside of one.
#[allow(deprecated)]
fn from_rule(rule: s3::LifecycleRule) -> Rule {
    let filter = match (rule.filter, rule.prefix) {
        (Some(f), _) => Some(Filter {
            object_size_greater_than: f.object_size_greater_than,
            object_size_less_than: f.object_size_less_than,
            prefix: match (&f.tag, &f.and, f.object_size_greater_than, f.object_size_less_than) {
                (None, None, None, None) => Some(f.prefix.unwrap_or_default()),
                _ => f.prefix.filter(|p| !p.is_empty()),
            },
            tag: f.tag.map(|t| Tag { key: t.key, value: t.value }),
            and: f.and.map(|a| And {
                object_size_greater_than: a.object_size_greater_than,
                object_size_less_than: a.object_size_less_than,
                prefix: a.prefix.filter(|p| !p.is_empty()),
                tags: a.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect(),
            }),
        }),
        (None, prefix) => Some(Filter { prefix: Some(prefix.unwrap_or_default()), ..Filter::of_all() }),
    };
    let class = |c: Option<s3::TransitionStorageClass>| c.map(|c| c.as_str().to_string()).unwrap_or_default();
    Rule {
        id: rule.id.unwrap_or_default(),
        status: rule.status.as_str().to_string(),
        abort_incomplete_multipart_upload: rule
            .abort_incomplete_multipart_upload
            .map(|a| AbortIncompleteMultipartUpload { days_after_initiation: a.days_after_initiation }),
        expiration: rule.expiration.map(|e| Expiration {
            date: e.date.and_then(text_of),
            days: e.days.filter(|d| *d > 0),
            expired_object_delete_marker: Some(e.expired_object_delete_marker.unwrap_or_default()),
        }),
        filter,
        noncurrent_version_expiration: rule.noncurrent_version_expiration.map(|n| NoncurrentVersionExpiration {
            newer_noncurrent_versions: n.newer_noncurrent_versions,
            noncurrent_days: n.noncurrent_days.unwrap_or_default(),
        }),
        noncurrent_version_transition: rule
            .noncurrent_version_transitions
            .unwrap_or_default()
            .into_iter()
            .map(|t| NoncurrentVersionTransition {
                newer_noncurrent_versions: t.newer_noncurrent_versions,
                noncurrent_days: t.noncurrent_days.unwrap_or_default(),
                storage_class: class(t.storage_class),
            })
            .collect(),
        transition: rule
            .transitions
            .unwrap_or_default()
            .into_iter()
            .map(|t| Transition { date: t.date.and_then(text_of), days: t.days, storage_class: class(t.storage_class) })
            .collect(),
    }
}

fn to_rule(rule: &Rule) -> Result<s3::LifecycleRule, Failure> {
    let tag = |key: &str, value: &str| s3::Tag::builder().key(key).value(value).build().map_err(unbuilt);
    let mut filter = s3::LifecycleRuleFilter::builder();
    if let Some(f) = &rule.filter {
        let and = f.and.as_ref().map(|a| {
            let tags = a.tags.iter().map(|(k, v)| tag(k, v)).collect::<Result<Vec<_>, _>>()?;
            let and = s3::LifecycleRuleAndOperator::builder()
                .set_object_size_greater_than(a.object_size_greater_than)
                .set_object_size_less_than(a.object_size_less_than)
                .set_prefix(a.prefix.clone())
                .set_tags(Some(tags).filter(|t| !t.is_empty()));
            Ok::<_, Failure>(and.build())
        });
        filter = filter
            .set_object_size_greater_than(f.object_size_greater_than)
            .set_object_size_less_than(f.object_size_less_than)
            .set_prefix(f.prefix.clone())
            .set_tag(f.tag.as_ref().map(|t| tag(&t.key, &t.value)).transpose()?)
            .set_and(and.transpose()?);
    }
    let expiration = rule.expiration.as_ref().map(|e| {
        let marker = e.expired_object_delete_marker.filter(|m| *m);
        let expiration = s3::LifecycleExpiration::builder().set_date(time_of(e.date.as_deref())).set_days(e.days.filter(|d| *d > 0));
        expiration.set_expired_object_delete_marker(marker).build()
    });
    let noncurrent = rule.noncurrent_version_expiration.as_ref().map(|n| {
        let expiration = s3::NoncurrentVersionExpiration::builder().noncurrent_days(n.noncurrent_days);
        expiration.set_newer_noncurrent_versions(n.newer_noncurrent_versions.filter(|v| *v > 0)).build()
    });
    let abort = rule
        .abort_incomplete_multipart_upload
        .as_ref()
        .map(|a| s3::AbortIncompleteMultipartUpload::builder().set_days_after_initiation(a.days_after_initiation).build());
    let noncurrent_transitions = rule.noncurrent_version_transition.iter().map(|t| {
        let class = s3::TransitionStorageClass::from(t.storage_class.as_str());
        let transition = s3::NoncurrentVersionTransition::builder().noncurrent_days(t.noncurrent_days).storage_class(class);
        transition.set_newer_noncurrent_versions(t.newer_noncurrent_versions.filter(|v| *v > 0)).build()
    });
    let transitions = rule.transition.iter().map(|t| {
        let class = s3::TransitionStorageClass::from(t.storage_class.as_str());
        let days = t.days.filter(|_| t.date.is_none()).or(t.date.is_none().then_some(0));
        s3::Transition::builder().set_date(time_of(t.date.as_deref())).set_days(days).storage_class(class).build()
    });
    s3::LifecycleRule::builder()
        .id(&rule.id)
        .status(s3::ExpirationStatus::from(rule.status.as_str()))
        .filter(filter.build())
        .set_expiration(expiration)
        .set_noncurrent_version_expiration(noncurrent)
        .set_abort_incomplete_multipart_upload(abort)
        .set_noncurrent_version_transitions(Some(noncurrent_transitions.collect::<Vec<_>>()).filter(|t| !t.is_empty()))
        .set_transitions(Some(transitions.collect::<Vec<_>>()).filter(|t| !t.is_empty()))
        .build()
        .map_err(unbuilt)
}

async fn put(aws: &Aws, want: &BucketLifecycle, run: Run<'_>) -> Result<(), Failure> {
    let rules = want.rule.iter().map(to_rule).collect::<Result<Vec<_>, _>>()?;
    let setting = s3::BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().map_err(unbuilt)?;
    let size = want.transition_default_minimum_object_size.as_deref().map(s3::TransitionDefaultMinimumObjectSize::from);
    change(run, &want.bucket, || async {
        let call = aws.s3.put_bucket_lifecycle_configuration().bucket(&want.bucket).lifecycle_configuration(setting.clone());
        call.set_transition_default_minimum_object_size(size.clone()).send().await.map_err(failed("s3:PutBucketLifecycleConfiguration"))
    })
    .await?;
    // What S3 fills in by itself is left out of the comparison by writing both sides the same way.
    let wanted = want.rule.iter().map(to_rule).collect::<Result<Vec<_>, _>>()?;
    consistent(run, &format!("lifecycle rules of bucket {}", want.bucket), || async {
        let Some(have) = get(aws, &want.bucket).await? else { return Ok(false) };
        let sized = want.transition_default_minimum_object_size.is_none()
            || have.transition_default_minimum_object_size == want.transition_default_minimum_object_size;
        let mut rules = have.rule.iter().map(to_rule).collect::<Result<Vec<_>, _>>()?;
        Ok(sized
            && rules.len() == wanted.len()
            && wanted.iter().all(|w| rules.iter().position(|r| same(r, w)).map(|at| rules.remove(at)).is_some()))
    })
    .await
}

/// Equal but for an empty prefix, which S3 may or may not give back.
fn same(a: &s3::LifecycleRule, b: &s3::LifecycleRule) -> bool {
    let bare = |rule: &s3::LifecycleRule| {
        let mut rule = rule.clone();
        if let Some(filter) = &mut rule.filter {
            filter.prefix = filter.prefix.take().filter(|p| !p.is_empty());
            if let Some(and) = &mut filter.and {
                and.prefix = and.prefix.take().filter(|p| !p.is_empty());
                if let Some(tags) = &mut and.tags {
                    tags.sort_by(|a, b| a.key.cmp(&b.key));
                }
            }
        }
        rule
    };
    bare(a) == bare(b)
}

fn text_of(time: DateTime) -> Option<String> {
    time.fmt(Format::DateTime).ok()
}

fn time_of(text: Option<&str>) -> Option<DateTime> {
    DateTime::from_str(text?, Format::DateTime).ok()
}

/// S3 takes whole days, and gives them back as midnight in UTC.
fn midnight(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(text) if !text.ends_with("T00:00:00Z") || time_of(Some(text)).is_none() => {
            Err(format!("must be midnight in UTC, such as 2030-01-01T00:00:00Z, not \"{text}\""))
        }
        _ => Ok(()),
    }
}

fn storage_class(value: &Value) -> Result<(), String> {
    one_of!("GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR")(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_survives_the_way_to_s3_and_back() {
        let rule = Rule {
            id: "old".into(),
            status: "Enabled".into(),
            abort_incomplete_multipart_upload: Some(AbortIncompleteMultipartUpload { days_after_initiation: Some(7) }),
            expiration: Some(Expiration {
                date: Some("2030-01-01T00:00:00Z".into()),
                days: None,
                expired_object_delete_marker: Some(false),
            }),
            filter: Some(Filter {
                object_size_greater_than: None,
                object_size_less_than: None,
                prefix: None,
                tag: None,
                and: Some(And {
                    object_size_greater_than: Some(128),
                    object_size_less_than: None,
                    prefix: Some("logs/".into()),
                    tags: BTreeMap::from([("a".into(), "b".into())]),
                }),
            }),
            noncurrent_version_expiration: Some(NoncurrentVersionExpiration { newer_noncurrent_versions: Some(3), noncurrent_days: 30 }),
            noncurrent_version_transition: BTreeSet::new(),
            transition: BTreeSet::from([Transition { date: None, days: Some(30), storage_class: "STANDARD_IA".into() }]),
        };
        assert_eq!(from_rule(to_rule(&rule).expect("it builds")), rule);
    }

    #[test]
    fn what_a_rule_leaves_out_is_known_and_nothing_stays_of_an_earlier_one() {
        let text = |t: &str| Value::string(t);
        let block = |of: &Value| Value::list(vec![of.clone()]);
        let unknown = || Value::unknown(cairn_model::Type::String);
        let rules = |filter: Value, expiration: Value| {
            let rule = Value::object_of([("id", text("all")), ("filter", block(&filter)), ("expiration", block(&expiration))]);
            Value::object_of([("rule", block(&rule))])
        };
        let filter = |prefix: Value, size: Value| {
            Value::object_of([("prefix", prefix), ("object_size_less_than", size), ("object_size_greater_than", Value::null())])
        };
        let expiration = |days: Value, marker: Value| Value::object_of([("days", days), ("expired_object_delete_marker", marker)]);
        let (none, three, five) = (Value::null, || Value::number(3i64), || Value::number(5i64));

        let config = rules(filter(none(), none()), expiration(three(), none()));
        let planned = rules(filter(unknown(), unknown()), expiration(three(), unknown()));
        assert_eq!(settled(&config, planned), rules(filter(text(""), none()), expiration(three(), Value::bool(false))));

        // What an earlier rule left behind in the plan goes; what the configuration does not know yet stays.
        let config = rules(filter(none(), five()), expiration(none(), unknown()));
        let planned = rules(filter(text(""), five()), expiration(three(), unknown()));
        assert_eq!(settled(&config, planned), rules(filter(none(), five()), expiration(none(), unknown())));
    }

    #[test]
    fn days_begin_at_midnight() {
        assert!(midnight(&"2030-01-01T00:00:00Z".into()).is_ok());
        assert!(midnight(&"2030-01-01".into()).is_err());
        assert!(midnight(&"2030-13-01T00:00:00Z".into()).is_err());
    }
}
