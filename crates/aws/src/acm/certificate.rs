//! `aws_acm_certificate`.

use crate::client::Aws;
use crate::failure::{absent, failed, missing};
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_acm::types::{self, CertificateDetail, CertificateStatus, CertificateSummary, CertificateType, Filters, KeyAlgorithm, Tag};
use aws_smithy_types::Blob;
use aws_smithy_types::date_time::{DateTime, Format};
use cairn_derive::Model;
use cairn_engine::provider::Refusal;
use cairn_engine::{Failure, FailureKind};
use cairn_model::{Type, Value, length, one_of};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;
use std::time::Duration;

/// A DNS record that proves that a domain is one's own.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValidationRecord {
    /// The domain.
    #[attr(computed)]
    domain_name: Option<String>,
    /// Name of the record.
    #[attr(computed)]
    resource_record_name: Option<String>,
    /// Type of the record.
    #[attr(computed)]
    resource_record_type: Option<String>,
    /// Value of the record.
    #[attr(computed)]
    resource_record_value: Option<String>,
}

/// How a renewal stands.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Renewal {
    /// Its state.
    #[attr(computed)]
    renewal_status: Option<String>,
    /// Why it failed.
    #[attr(computed)]
    renewal_status_reason: Option<String>,
    /// When that was last so.
    #[attr(computed)]
    updated_at: Option<String>,
}

/// Choices. AWS has ended the only one there was, so the block is the same as none.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct Options {
    /// Write the certificate to the public logs: `ENABLED`, since AWS no longer lets anybody opt out.
    #[attr(default = "ENABLED", check = one_of!("ENABLED"))]
    certificate_transparency_logging_preference: String,
}

/// Where the mails go that prove that a domain is one's own.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValidationOption {
    /// The domain.
    #[attr(required, force_new)]
    domain_name: String,
    /// The domain whose mail addresses are used.
    #[attr(required, force_new)]
    validation_domain: String,
}

/// A certificate for TLS: requested from Amazon, which issues it once the domain is proved, or imported.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_acm_certificate", tags, unsupported = "certificate_authority_arn early_renewal_duration options.export")]
pub struct Certificate {
    /// The domain.
    #[attr(optional, computed, force_new, check = length!(1, 253), equal = cairn_model::equality::domain)]
    domain_name: Option<String>,
    /// All domains; the one above is always among them.
    #[attr(optional, computed, force_new, equal = same_but_for_one)]
    subject_alternative_names: Option<BTreeSet<String>>,
    /// How a domain is proved: `DNS` or `EMAIL`.
    #[attr(optional, computed, force_new, check = one_of!("DNS", "EMAIL", "NONE"))]
    validation_method: Option<String>,
    /// Algorithm of the key, such as `RSA_2048` or `EC_prime256v1`.
    #[attr(optional, computed, force_new)]
    key_algorithm: Option<String>,
    /// An imported certificate, as PEM.
    #[attr(optional, equal = same_pem)]
    certificate_body: Option<String>,
    /// The chain of an imported certificate, as PEM.
    #[attr(optional, equal = same_pem)]
    certificate_chain: Option<String>,
    /// The key of an imported certificate, as PEM. AWS never gives it back: a new one takes effect with a new certificate.
    #[attr(optional, sensitive, config_only)]
    private_key: Option<String>,
    /// ARN of the certificate.
    #[attr(computed)]
    arn: Option<String>,
    /// DNS records that prove the domains.
    #[attr(computed)]
    domain_validation_options: Option<BTreeSet<ValidationRecord>>,
    /// End of its time.
    #[attr(computed)]
    not_after: Option<String>,
    /// Beginning of its time.
    #[attr(computed)]
    not_before: Option<String>,
    /// It is to be renewed before AWS would.
    #[attr(computed)]
    pending_renewal: Option<bool>,
    /// Whether AWS renews it: `ELIGIBLE` or `INELIGIBLE`.
    #[attr(computed)]
    renewal_eligibility: Option<String>,
    /// How its renewal stands.
    #[attr(computed)]
    renewal_summary: Option<Vec<Renewal>>,
    /// Its state, such as `PENDING_VALIDATION` or `ISSUED`.
    #[attr(computed)]
    status: Option<String>,
    /// Where it comes from: `AMAZON_ISSUED`, `IMPORTED` or `PRIVATE`.
    #[attr(computed, name = "type")]
    kind: Option<String>,
    /// Addresses that the mails went to.
    #[attr(computed)]
    validation_emails: Option<Vec<String>>,
    /// Choices.
    #[block]
    options: Option<Options>,
    /// Where the mails go.
    #[block(force_new)]
    validation_option: BTreeSet<ValidationOption>,
}

/// PEM texts that differ in spaces at the ends of lines and of the whole only.
fn same_pem(have: &Value, want: &Value) -> bool {
    let lines = |v: &Value| v.as_str().map(|t| t.lines().map(|l| l.trim().to_string()).filter(|l| !l.is_empty()).collect::<Vec<_>>());
    lines(have) == lines(want)
}

/// Names that the configuration wants and at most one more, which is the certificate's own domain: `adjust` makes sure.
fn same_but_for_one(have: &Value, want: &Value) -> bool {
    let (Some(have), Some(want)) = (have.elements(), want.elements()) else { return have == want };
    want.iter().all(|w| have.contains(w)) && have.len() <= want.len() + 1
}

impl Resource for Certificate {
    const CONSOLE: Option<&'static str> = Some("acm/home?region={region}#/certificates/{arn:last}");
    const SERVICE: &'static str = "acm";
    const INDEX: Option<(&'static str, &'static str)> = Some(("acm", "certificate/"));
    const TYPICAL_CREATE_SECONDS: u64 = 10;
    const CALLS: Calls = Calls {
        read: &["acm:ListCertificates", "acm:DescribeCertificate", "acm:ListTagsForCertificate", "acm:GetCertificate"],
        create: &["acm:RequestCertificate", "acm:ImportCertificate", "acm:DescribeCertificate", "acm:AddTagsToCertificate"],
        update: &["acm:ImportCertificate", "acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate"],
        delete: &["acm:DeleteCertificate"],
        read_cost: "1 per 1,000 certificates of the account, 1 per certificate of a wanted domain or with the stack's mark: DescribeCertificate takes one (2 for an imported one: GetCertificate); and 1 per certificate whose tags the tag index does not settle: so does ListTagsForCertificate",
    };
    const UNSEEN: &'static [(&'static str, &'static str)] =
        &[("private_key", "AWS never gives it back"), ("options", "the only value that AWS still takes is ENABLED")];

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Certificate>>, Failure> {
        if let Some(arn) = scope.only() {
            return Ok(one(aws, scope, arn.to_string()).await?.into_iter().collect());
        }
        let domains = scope.wanted_texts("domain_name");
        let indexed: BTreeSet<String> = scope.indexed::<Certificate>(aws).await?.into_iter().collect();
        // An imported certificate's domain stands in the certificate alone.
        let imports = scope.wanted().iter().any(|w| w.config.get("certificate_body").is_some_and(|b| !b.is_null()));
        if domains.is_empty() && indexed.is_empty() && !imports {
            return Ok(Vec::new());
        }
        let chosen = |s: &CertificateSummary| {
            s.certificate_arn().is_some_and(|a| indexed.contains(a))
                || s.domain_name().is_some_and(|d| domains.iter().any(|w| w.eq_ignore_ascii_case(d)))
                || imports && s.r#type() == Some(&CertificateType::Imported)
        };
        let arns: Vec<String> = list(aws).await?.into_iter().filter(chosen).filter_map(|s| s.certificate_arn).collect();
        let read: Vec<Option<Found<Certificate>>> = stream::iter(arns).map(|arn| one(aws, scope, arn)).buffered(8).try_collect().await?;
        // Any number of certificates may be of one domain: those of others are in nobody's way.
        Ok(read.into_iter().flatten().filter(|f| scope.owns(&f.tags)).collect())
    }

    async fn create(aws: &Aws, want: &Certificate, making: &Making<'_>) -> Result<String, Failure> {
        let tags = to_tags(&making.tags)?;
        if want.certificate_body.is_some() {
            let request = importing(aws, want).set_tags(Some(tags));
            let made = once!(aws_sdk_acm, request).await.map_err(failed("acm:ImportCertificate"))?;
            return made.certificate_arn.ok_or_else(|| missing("acm:ImportCertificate", "CertificateArn"));
        }
        let domain = want.domain_name.clone().unwrap_or_default();
        let others: Vec<String> = want.subject_alternative_names.iter().flatten().filter(|n| **n != domain).cloned().collect();
        let validation = want.validation_option.iter().map(|o| {
            let built =
                types::DomainValidationOption::builder().domain_name(&o.domain_name).validation_domain(&o.validation_domain).build();
            built.map_err(unbuilt)
        });
        let validation: Vec<_> = validation.collect::<Result<_, Failure>>()?;
        // No idempotency token: one that is the same in every run would answer, for an hour, with a certificate that was
        // deleted meanwhile. The mark is there from the first instant, and a lost reply is looked for by domain.
        let request = aws
            .acm
            .request_certificate()
            .domain_name(&domain)
            .set_subject_alternative_names((!others.is_empty()).then_some(others))
            .set_validation_method(want.validation_method.as_deref().map(Into::into))
            .set_key_algorithm(want.key_algorithm.as_deref().map(Into::into))
            .set_domain_validation_options((!validation.is_empty()).then_some(validation))
            .set_tags(Some(tags));
        let made = once!(aws_sdk_acm, request).await.map_err(failed("acm:RequestCertificate"))?;
        let arn = made.certificate_arn.ok_or_else(|| missing("acm:RequestCertificate", "CertificateArn"))?;
        // What proves the domain is not in the first answers, and others hang on it.
        let dns = want.validation_method.as_deref() == Some("DNS");
        wait::until(making.run, &format!("the validation records of the certificate for {domain}"), Duration::from_secs(300), || async {
            let Some(detail) = describe(aws, &arn).await? else { return Ok(Look::NotYet("not visible yet".into())) };
            if detail.status == Some(CertificateStatus::Failed) {
                return Err(unissued(&arn, &detail));
            }
            let options = detail.domain_validation_options();
            let ready = !options.is_empty() && (!dns || options.iter().all(|o| o.resource_record.is_some()));
            Ok(if ready { Look::Ready(()) } else { Look::NotYet("not given out yet".into()) })
        })
        .await?;
        Ok(arn)
    }

    async fn update(aws: &Aws, have: &Found<Certificate>, want: &Certificate, changing: &Changing<'_>) -> Result<(), Failure> {
        if changing.any(&["certificate_body", "certificate_chain"]) {
            importing(aws, want).certificate_arn(&have.id).send().await.map_err(failed("acm:ImportCertificate"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, have: &Found<Certificate>, removing: &Removing<'_, Certificate>) -> Result<(), Failure> {
        // A listener that has just let it go still counts as a user for a while.
        let passing = |f: &Failure| f.kind == FailureKind::InUse;
        wait::while_failing(removing.run, "the certificate to be free", Duration::from_secs(300), passing, || async {
            crate::failure::gone(
                aws.acm.delete_certificate().certificate_arn(&have.id).send().await.map_err(failed("acm:DeleteCertificate")),
            )
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<Certificate>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        if !set.is_empty() {
            let call = aws.acm.add_tags_to_certificate().certificate_arn(&have.id).set_tags(Some(to_tags(set)?));
            call.send().await.map_err(failed("acm:AddTagsToCertificate"))?;
        }
        if !remove.is_empty() {
            let tags = remove.iter().map(|k| Tag::builder().key(k).build().map_err(unbuilt)).collect::<Result<_, Failure>>()?;
            let call = aws.acm.remove_tags_from_certificate().certificate_arn(&have.id).set_tags(Some(tags));
            call.send().await.map_err(failed("acm:RemoveTagsFromCertificate"))?;
        }
        Ok(())
    }

    fn adjust(live: Option<&Value>, config: &Value, mut planned: Value) -> Result<Value, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut refuse = |attribute: &str, message: &str| refusals.push(Refusal { attribute: attribute.into(), message: message.into() });
        let set = |name: &str| config.get(name).is_some_and(|v| !v.is_null());
        let imported = set("certificate_body") || set("private_key");
        if imported && !(set("certificate_body") && set("private_key")) {
            refuse("certificate_body", "and `private_key` belong together: both are needed to import a certificate");
        }
        if imported == set("domain_name") {
            refuse("domain_name", "or `certificate_body` with `private_key` is needed: a certificate is either requested or imported");
        }
        if imported && set("validation_method") {
            refuse("validation_method", "is not for an imported certificate");
        }
        planned = planned.with("options", Value::list(Vec::new()));
        // AWS counts the domain among its alternative names.
        let domain = config.get_str("domain_name").map(str::to_string);
        let others = config.get("subject_alternative_names").filter(|n| !n.is_null());
        let names: Option<Vec<Value>> = match (&domain, others) {
            (Some(domain), None) => Some(vec![Value::string(domain.as_str())]),
            (Some(domain), Some(others)) if others.is_wholly_known() => {
                Some(others.elements().unwrap_or(&[]).iter().cloned().chain([Value::string(domain.as_str())]).collect())
            }
            _ => None,
        };
        if let (Some(names), true) = (&names, set("subject_alternative_names") || live.is_none()) {
            let names = Value::set(names.clone());
            // An unknown set is another one: a name that is taken away needs a new certificate.
            let differs = live.is_some_and(|l| l.get("subject_alternative_names") != Some(&names));
            planned = planned.with("subject_alternative_names", if differs { Value::unknown(Type::set(Type::String)) } else { names });
        }
        // Which records there will be is known beforehand, so that `for_each` can go over them.
        if let (None, Some("DNS"), Some(names)) = (live, planned.get_str("validation_method"), names) {
            let record = |name: &Value| {
                Value::object_of([
                    ("domain_name", name.clone()),
                    ("resource_record_name", Value::unknown(Type::String)),
                    ("resource_record_type", Value::unknown(Type::String)),
                    ("resource_record_value", Value::unknown(Type::String)),
                ])
            };
            planned = planned.with("domain_validation_options", Value::set(names.iter().map(record).collect()));
        }
        if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
    }
}

fn unbuilt(error: aws_smithy_types::error::operation::BuildError) -> Failure {
    Failure::new(FailureKind::Invalid, error.to_string())
}

fn to_tags(tags: &Tags) -> Result<Vec<Tag>, Failure> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build().map_err(unbuilt)).collect()
}

fn importing(aws: &Aws, want: &Certificate) -> aws_sdk_acm::operation::import_certificate::builders::ImportCertificateFluentBuilder {
    let blob = |text: &Option<String>| text.as_ref().map(|t| Blob::new(t.as_bytes()));
    aws.acm
        .import_certificate()
        .set_certificate(blob(&want.certificate_body))
        .set_certificate_chain(blob(&want.certificate_chain))
        .set_private_key(blob(&want.private_key))
}

/// Every certificate of the account and region. Without the filter AWS leaves out all but RSA keys of up to 2,048 bits.
async fn list(aws: &Aws) -> Result<Vec<CertificateSummary>, Failure> {
    let keys = [
        KeyAlgorithm::Rsa1024,
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Rsa3072,
        KeyAlgorithm::Rsa4096,
        KeyAlgorithm::EcPrime256v1,
        KeyAlgorithm::EcSecp384r1,
        KeyAlgorithm::EcSecp521r1,
    ];
    let includes = Filters::builder().set_key_types(Some(keys.into())).build();
    let mut pages = aws.acm.list_certificates().includes(includes).max_items(1000).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        all.extend(page.map_err(failed("acm:ListCertificates"))?.certificate_summary_list.unwrap_or_default());
    }
    Ok(all)
}

async fn describe(aws: &Aws, arn: &str) -> Result<Option<CertificateDetail>, Failure> {
    let call = aws.acm.describe_certificate().certificate_arn(arn).send().await;
    Ok(absent(call.map_err(failed("acm:DescribeCertificate")))?.and_then(|a| a.certificate))
}

async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags, Failure> {
    let call = aws.acm.list_tags_for_certificate().certificate_arn(arn);
    let answer = call.send().await.map_err(failed("acm:ListTagsForCertificate"))?;
    Ok(answer.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value.unwrap_or_default())).collect())
}

async fn one(aws: &Aws, scope: &Scope<'_>, arn: String) -> Result<Option<Found<Certificate>>, Failure> {
    let tags = async { absent(scope.tags(aws, &arn, tags_of(aws, &arn)).await) };
    let (Some(detail), Some(tags)) = futures::try_join!(describe(aws, &arn), tags)? else { return Ok(None) };
    let (mut body, mut chain) = (None, None);
    if detail.r#type == Some(CertificateType::Imported) {
        let call = aws.acm.get_certificate().certificate_arn(&arn).send().await;
        if let Some(got) = absent(call.map_err(failed("acm:GetCertificate")))? {
            (body, chain) = (got.certificate, got.certificate_chain.filter(|c| !c.trim().is_empty()));
        }
    }
    let time = |t: Option<DateTime>| t.and_then(|t| t.fmt(Format::DateTime).ok());
    let options = detail.domain_validation_options.unwrap_or_default();
    let records = options.iter().filter_map(|o| o.resource_record.as_ref().map(|r| (o, r))).map(|(o, r)| ValidationRecord {
        domain_name: Some(o.domain_name.trim_end_matches('.').to_string()),
        resource_record_name: Some(r.name.clone()),
        resource_record_type: Some(r.r#type.as_str().to_string()),
        resource_record_value: Some(r.value.clone()),
    });
    let emails: BTreeSet<String> = options.iter().flat_map(|o| o.validation_emails().iter().cloned()).collect();
    let by_mail = options.iter().filter(|o| o.validation_method.as_ref().is_some_and(|m| m.as_str() == "EMAIL"));
    let mailed = by_mail.filter_map(|o| {
        let domain = o.validation_domain.clone().filter(|d| *d != o.domain_name)?;
        Some(ValidationOption { domain_name: o.domain_name.clone(), validation_domain: domain })
    });
    let value = Certificate {
        domain_name: detail.domain_name,
        subject_alternative_names: Some(detail.subject_alternative_names.unwrap_or_default().into_iter().collect()),
        validation_method: Some(
            options.first().and_then(|o| o.validation_method.as_ref()).map_or_else(|| "NONE".to_string(), |m| m.as_str().to_string()),
        ),
        // AWS once wrote `RSA-2048`.
        key_algorithm: detail.key_algorithm.map(|k| k.as_str().replace('-', "_")),
        certificate_body: body,
        certificate_chain: chain,
        private_key: None,
        domain_validation_options: Some(records.collect()),
        not_after: time(detail.not_after),
        not_before: time(detail.not_before),
        pending_renewal: Some(false),
        renewal_eligibility: detail.renewal_eligibility.map(|e| e.as_str().to_string()),
        renewal_summary: Some(
            detail
                .renewal_summary
                .into_iter()
                .map(|r| Renewal {
                    renewal_status: Some(r.renewal_status.as_str().to_string()),
                    renewal_status_reason: r.renewal_status_reason.map(|r| r.as_str().to_string()),
                    updated_at: r.updated_at.fmt(Format::DateTime).ok(),
                })
                .collect(),
        ),
        status: detail.status.map(|s| s.as_str().to_string()),
        kind: detail.r#type.map(|t| t.as_str().to_string()),
        validation_emails: Some(emails.into_iter().collect()),
        options: None,
        validation_option: mailed.collect(),
        arn: Some(arn.clone()),
    };
    Ok(Some(Found::new(arn, value, tags)))
}

fn unissued(arn: &str, detail: &CertificateDetail) -> Failure {
    let status = detail.status.as_ref().map(|s| s.as_str()).unwrap_or_default();
    let reason = detail.failure_reason.as_ref().map(|r| r.as_str()).unwrap_or_default();
    Failure::new(FailureKind::Invalid, format!("certificate {arn} is {status} {reason}").trim_end().to_string())
}

/// Waits until a certificate is issued, saying which DNS record is missing. One that is not of this Certificate Manager, or
/// that may not be looked at, is left to whoever uses it.
pub async fn issued(aws: &Aws, arn: &str, run: Run<'_>) -> Result<(), Failure> {
    if arn.split(':').nth(2) != Some("acm") {
        return Ok(());
    }
    wait::until(run, &format!("certificate {arn} to be issued"), Duration::from_secs(45 * 60), || async {
        let detail = match describe(aws, arn).await {
            Ok(Some(detail)) => detail,
            Ok(None) => return Ok(Look::Ready(())),
            Err(failure) if failure.kind == FailureKind::Denied => return Ok(Look::Ready(())),
            Err(failure) => return Err(failure),
        };
        match &detail.status {
            Some(CertificateStatus::Issued) => Ok(Look::Ready(())),
            Some(CertificateStatus::PendingValidation) | None => {
                let open = detail
                    .domain_validation_options()
                    .iter()
                    .filter(|o| o.validation_status.as_ref().is_none_or(|s| s.as_str() != "SUCCESS"));
                let records: Vec<String> = open
                    .filter_map(|o| o.resource_record.as_ref())
                    .map(|r| format!("{} {} {}", r.name, r.r#type.as_str(), r.value))
                    .collect();
                let missing = if records.is_empty() {
                    "its domain is not proved yet".into()
                } else {
                    format!("missing in DNS: {}", records.join(", "))
                };
                Ok(Look::NotYet(missing))
            }
            Some(_) => Err(unissued(arn, &detail)),
        }
    })
    .await
}
