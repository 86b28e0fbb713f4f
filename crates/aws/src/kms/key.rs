//! `aws_kms_key`.

use super::{aliases, key_id};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_kms::types::{KeyManagerType, KeyState, Tag};
use cairn_derive::Model;
use cairn_engine::impact::{self, Does, Effects, InPlace, Spared};
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::{Type, Value, between, length, one_of};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;
use std::time::Duration;

/// A key that encrypts or signs and never leaves AWS. Deleting one takes 7 to 30 days; one that waits for it counts as gone.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_kms_key", tags, timeouts = "create", unsupported = "custom_key_store_id xks_key_id")]
pub struct Key {
    /// What it is for.
    #[attr(optional, computed, check = length!(0, 8192))]
    description: Option<String>,
    /// What it does: `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, `GENERATE_VERIFY_MAC` or `KEY_AGREEMENT`.
    #[attr(default = "ENCRYPT_DECRYPT", force_new, check = one_of!("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"))]
    key_usage: String,
    /// What kind of key it is, such as `SYMMETRIC_DEFAULT` or `RSA_2048`.
    #[attr(default = "SYMMETRIC_DEFAULT", force_new)]
    customer_master_key_spec: String,
    /// Who may do what with it, as JSON.
    #[attr(optional, computed, check = cairn_model::check::json, equal = cairn_model::equality::policy)]
    policy: Option<String>,
    /// Take a policy that lets nobody change it again.
    #[attr(default = false, config_only)]
    bypass_policy_lockout_safety_check: bool,
    /// Days from its deletion until it is gone for good.
    #[attr(optional, config_only, check = between!(7, 30))]
    deletion_window_in_days: Option<i32>,
    /// Give it new key material from time to time.
    #[attr(default = false)]
    enable_key_rotation: bool,
    /// Days between two of them.
    #[attr(optional, computed, check = between!(90, 2560))]
    rotation_period_in_days: Option<i32>,
    /// It can be used.
    #[attr(default = true)]
    is_enabled: bool,
    /// It can be copied to other regions.
    #[attr(optional, computed, force_new)]
    multi_region: Option<bool>,
    /// ARN of the key.
    #[attr(computed)]
    arn: Option<String>,
    /// Id of the key.
    #[attr(computed)]
    key_id: Option<String>,
}

impl Resource for Key {
    const CONSOLE: Option<&'static str> = Some("kms/home?region={region}#/kms/keys/{id}");
    const SERVICE: &'static str = "kms";
    const INDEX: Option<(&'static str, &'static str)> = Some(("kms", "key/"));
    const EFFECTS: Effects = Effects {
        holds: Some("whatever is encrypted under it: it can't be decrypted any more"),
        serves: Some("everything that encrypts or decrypts with it"),
        known_by: Some("its key id and ARN"),
        in_place: &[InPlace {
            arguments: &["is_enabled"],
            does: Does::Interrupts,
            what: "everything that encrypts or decrypts with it",
            when: impact::switched_off,
            source: "https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html",
        }],
    };
    const CALLS: Calls = Calls {
        read: &[
            "kms:ListAliases",
            "kms:ListKeys",
            "kms:ListResourceTags",
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus",
        ],
        create: &["kms:CreateKey", "kms:EnableKeyRotation", "kms:DisableKey", "kms:TagResource"],
        update: &[
            "kms:UpdateKeyDescription",
            "kms:PutKeyPolicy",
            "kms:EnableKeyRotation",
            "kms:DisableKeyRotation",
            "kms:EnableKey",
            "kms:DisableKey",
            "kms:TagResource",
            "kms:UntagResource",
        ],
        delete: &["kms:ScheduleKeyDeletion"],
        read_cost: "1 per 100 aliases of the account while some key is not in the tag index; 3 per key of the stack: DescribeKey, GetKeyPolicy and GetKeyRotationStatus take one; and 1 per key whose tags the tag index does not settle: so does ListResourceTags. For a key that neither the tag index nor an alias finds, such as one that is to be made, 1 per 1,000 keys of the account and 1 per key: keys have no names, and no call lists their tags",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] = &[
        ("bypass_policy_lockout_safety_check", "it steers how Cairn works; AWS keeps nothing of it"),
        ("deletion_window_in_days", "it counts when the key is destroyed; until then AWS keeps nothing of it"),
    ];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Key>>, Failure> {
        if let Some(id) = scope.only() {
            return Ok(one(aws, id.to_string()).await?.into_iter().collect());
        }
        let mut asked: BTreeSet<String> = scope.indexed::<Key>(aws).await?.iter().map(|arn| key_id(arn).to_string()).collect();
        let mut found = several(aws, scope, &asked).await?;
        // The index lags: a key of a crashed run may not be in it yet.
        if !scope.unmarked(&found).is_empty() {
            let names = scope.wanted_texts_of("aws_kms_alias", "name");
            let all = if names.is_empty() { Default::default() } else { aliases(aws, scope).await? };
            let named = all.iter().filter(|a| a.alias_name().is_some_and(|n| names.contains(n)));
            let more: BTreeSet<String> = named.filter_map(|a| a.target_key_id.clone()).filter(|id| !asked.contains(id)).collect();
            found.extend(several(aws, scope, &more).await?);
            asked.extend(more);
        }
        if !scope.unmarked(&found).is_empty() {
            let mut pages = aws.kms.list_keys().limit(1000).into_paginator().send();
            let mut more = BTreeSet::new();
            while let Some(page) = pages.next().await {
                let keys = page.map_err(failed("kms:ListKeys"))?.keys.unwrap_or_default();
                more.extend(keys.into_iter().filter_map(|k| k.key_id).filter(|id| !asked.contains(id)));
            }
            found.extend(several(aws, scope, &more).await?);
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Key, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .kms
            .create_key()
            .set_description(want.description.clone())
            .key_usage(want.key_usage.as_str().into())
            .key_spec(want.customer_master_key_spec.as_str().into())
            .set_policy(want.policy.clone())
            .bypass_policy_lockout_safety_check(want.bypass_policy_lockout_safety_check)
            .set_multi_region(want.multi_region)
            .set_tags(Some(to_tags(&making.tags)?));
        let made = wait::while_failing(making.run, "the policy's principals to be known", PROPAGATION, unknown_principal, || async {
            once!(aws_sdk_kms, request.clone()).await.map_err(failed("kms:CreateKey"))
        })
        .await?;
        let id = made.key_metadata.map(|k| k.key_id).ok_or_else(|| missing("kms:CreateKey", "KeyId"))?;
        if want.enable_key_rotation {
            rotate(aws, &id, want).await?;
        }
        if !want.is_enabled {
            enable(aws, &id, false).await?;
        }
        settled(aws, &id, want, making.run).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, have: &Found<Key>, want: &Key, changing: &Changing<'_>) -> Result<(), Failure> {
        let id = &have.id;
        // A disabled key's rotation can't be changed.
        let rotation = changing.any(&["enable_key_rotation", "rotation_period_in_days"]);
        let briefly = rotation && !have.value.is_enabled && !want.is_enabled;
        if briefly || (changing.any(&["is_enabled"]) && want.is_enabled) {
            enable(aws, id, true).await?;
        }
        if rotation && want.enable_key_rotation {
            rotate(aws, id, want).await?;
        } else if rotation {
            aws.kms.disable_key_rotation().key_id(id).send().await.map_err(failed("kms:DisableKeyRotation"))?;
        }
        if changing.any(&["description"]) {
            let call = aws.kms.update_key_description().key_id(id).description(want.description.clone().unwrap_or_default());
            call.send().await.map_err(failed("kms:UpdateKeyDescription"))?;
        }
        if let (true, Some(policy)) = (changing.any(&["policy"]), &want.policy) {
            wait::while_failing(changing.run, "the policy's principals to be known", PROPAGATION, unknown_principal, || async {
                let call = aws.kms.put_key_policy().key_id(id).policy_name("default").policy(policy);
                let call = call.bypass_policy_lockout_safety_check(want.bypass_policy_lockout_safety_check);
                call.send().await.map_err(failed("kms:PutKeyPolicy"))
            })
            .await?;
        }
        if briefly || (changing.any(&["is_enabled"]) && !want.is_enabled) {
            enable(aws, id, false).await?;
        }
        settled(aws, id, want, changing.run).await
    }

    fn spared(_: &Value, config: Option<&Value>) -> Option<Spared> {
        // AWS waits 30 days where nobody says otherwise.
        let days = config.and_then(|c| c.get("deletion_window_in_days")).and_then(Value::as_i64).unwrap_or(30);
        Some(Spared::Grace(format!("AWS deletes the key after {days} days; until then the deletion can be cancelled")))
    }

    async fn delete(aws: &Aws, have: &Found<Key>, removing: &Removing<'_, Key>) -> Result<(), Failure> {
        let days = removing.config.as_ref().and_then(|c| c.deletion_window_in_days);
        let call = aws.kms.schedule_key_deletion().key_id(&have.id).set_pending_window_in_days(days).send().await;
        match call.map_err(failed("kms:ScheduleKeyDeletion")) {
            Err(failure) if failure.code.contains("KMSInvalidState") && failure.message.contains("pending deletion") => Ok(()),
            other => gone(other),
        }
    }

    async fn tag(aws: &Aws, have: &Found<Key>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        if !set.is_empty() {
            aws.kms.tag_resource().key_id(&have.id).set_tags(Some(to_tags(set)?)).send().await.map_err(failed("kms:TagResource"))?;
        }
        if !remove.is_empty() {
            let call = aws.kms.untag_resource().key_id(&have.id).set_tag_keys(Some(remove.to_vec()));
            call.send().await.map_err(failed("kms:UntagResource"))?;
        }
        Ok(())
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let rotates = planned.get("enable_key_rotation").and_then(Value::as_bool);
        let given = config.get("rotation_period_in_days").is_some_and(|v| !v.is_null());
        if rotates == Some(false) && given {
            let message = "needs `enable_key_rotation = true`";
            return Err(vec![Refusal { attribute: "rotation_period_in_days".into(), message: message.into() }]);
        }
        // AWS has a period while rotation is on only.
        let live_rotates = live.and_then(|l| l.get("enable_key_rotation")).and_then(Value::as_bool);
        if !given && live_rotates.is_some() && live_rotates != rotates {
            planned =
                planned.with("rotation_period_in_days", if rotates == Some(false) { Value::null() } else { Value::unknown(Type::Number) });
        } else if !given && rotates == Some(false) {
            planned = planned.with("rotation_period_in_days", Value::null());
        }
        Ok(planned)
    }
}

/// How long a new IAM principal may be unknown to KMS.
const PROPAGATION: Duration = Duration::from_secs(180);

fn unknown_principal(failure: &Failure) -> bool {
    failure.code.contains("MalformedPolicyDocument") && failure.message.contains("principal")
}

fn to_tags(tags: &Tags) -> Result<Vec<Tag>, Failure> {
    let tag = |(k, v): (&String, &String)| Tag::builder().tag_key(k).tag_value(v).build();
    tags.iter().map(|pair| tag(pair).map_err(|e| Failure::new(FailureKind::Invalid, e.to_string()))).collect()
}

async fn rotate(aws: &Aws, id: &str, want: &Key) -> Result<(), Failure> {
    let call = aws.kms.enable_key_rotation().key_id(id).set_rotation_period_in_days(want.rotation_period_in_days);
    call.send().await.map_err(failed("kms:EnableKeyRotation")).map(|_| ())
}

async fn enable(aws: &Aws, id: &str, on: bool) -> Result<(), Failure> {
    if on {
        aws.kms.enable_key().key_id(id).send().await.map_err(failed("kms:EnableKey")).map(|_| ())
    } else {
        aws.kms.disable_key().key_id(id).send().await.map_err(failed("kms:DisableKey")).map(|_| ())
    }
}

/// Waits until reads give what was written (KMS developer guide, "eventual consistency").
async fn settled(aws: &Aws, id: &str, want: &Key, run: Run<'_>) -> Result<(), Failure> {
    let same_policy = |have: &Option<String>| match (have, &want.policy) {
        (Some(have), Some(want)) => cairn_model::equality::policy(&have.as_str().into(), &want.as_str().into()),
        _ => true,
    };
    wait::until(run, &format!("key {id} to be as it was made"), Duration::from_secs(300), || async {
        let there = one(aws, id.to_string()).await?.is_some_and(|found| {
            let have = &found.value;
            same_policy(&have.policy)
                && have.enable_key_rotation == want.enable_key_rotation
                && have.is_enabled == want.is_enabled
                && want.rotation_period_in_days.is_none_or(|days| have.rotation_period_in_days == Some(days))
                && want.description.as_ref().is_none_or(|d| d == have.description.as_deref().unwrap_or_default())
        });
        Ok(if there { Look::Ready(()) } else { Look::NotYet("not yet".into()) })
    })
    .await
}

async fn tags_of(aws: &Aws, id: &str) -> Result<Tags, Failure> {
    let mut pages = aws.kms.list_resource_tags().key_id(id).into_paginator().send();
    let mut tags = Tags::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("kms:ListResourceTags"))?.tags.unwrap_or_default();
        tags.extend(page.into_iter().map(|t| (t.tag_key, t.tag_value)));
    }
    Ok(tags)
}

/// Those of the keys that carry the stack's mark. A key whose tags may not be read is somebody else's.
async fn several(aws: &Aws, scope: &Scope<'_>, ids: &BTreeSet<String>) -> Result<Vec<Found<Key>>, Failure> {
    let read = stream::iter(ids.iter().cloned().collect::<Vec<_>>()).map(|id| async move {
        let arn = aws.arn("kms", &format!("key/{id}")).await?;
        match scope.tags(aws, &arn, tags_of(aws, &id)).await {
            Ok(tags) if scope.owns(&tags) => described(aws, id, tags).await,
            Err(f) if !matches!(f.kind, FailureKind::Denied | FailureKind::NotFound) => Err(f),
            _ => Ok(None),
        }
    });
    let read: Vec<Option<Found<Key>>> = read.buffered(10).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

async fn one(aws: &Aws, id: String) -> Result<Option<Found<Key>>, Failure> {
    match absent(tags_of(aws, &id).await)? {
        Some(tags) => described(aws, id, tags).await,
        None => Ok(None),
    }
}

async fn described(aws: &Aws, id: String, tags: Tags) -> Result<Option<Found<Key>>, Failure> {
    let call = aws.kms.describe_key().key_id(&id).send().await;
    let Some(key) = absent(call.map_err(failed("kms:DescribeKey")))?.and_then(|a| a.key_metadata) else { return Ok(None) };
    let leaving = matches!(key.key_state, Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion));
    if leaving || key.key_manager == Some(KeyManagerType::Aws) {
        return Ok(None);
    }
    let spec = key.key_spec.as_ref().map_or("SYMMETRIC_DEFAULT", |s| s.as_str()).to_string();
    let policy = async {
        let call = aws.kms.get_key_policy().key_id(&id).policy_name("default").send().await;
        absent(call.map_err(failed("kms:GetKeyPolicy")))
    };
    // Only symmetric keys rotate.
    let rotation = async {
        if spec != "SYMMETRIC_DEFAULT" {
            return Ok(None);
        }
        absent(aws.kms.get_key_rotation_status().key_id(&id).send().await.map_err(failed("kms:GetKeyRotationStatus")))
    };
    let (policy, rotation) = futures::try_join!(policy, rotation)?;
    let rotates = rotation.as_ref().is_some_and(|r| r.key_rotation_enabled);
    let value = Key {
        description: Some(key.description.unwrap_or_default()),
        key_usage: key.key_usage.map_or_else(|| "ENCRYPT_DECRYPT".into(), |u| u.as_str().to_string()),
        customer_master_key_spec: spec,
        policy: policy.and_then(|p| p.policy),
        bypass_policy_lockout_safety_check: false,
        deletion_window_in_days: None,
        enable_key_rotation: rotates,
        rotation_period_in_days: rotation.filter(|_| rotates).and_then(|r| r.rotation_period_in_days),
        is_enabled: key.enabled,
        multi_region: Some(key.multi_region.unwrap_or_default()),
        arn: key.arn,
        key_id: Some(key.key_id.clone()),
    };
    Ok(Some(Found::new(key.key_id, value, tags)))
}
