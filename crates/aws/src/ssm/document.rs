//! `aws_ssm_document`.

use super::{from_tags, tag, tags_of, to_tags};
use crate::client::Aws;
use crate::failure::failed;
use crate::once;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ssm::types::{DocumentDescription, DocumentFormat, DocumentKeyValuesFilter, DocumentStatus, DocumentType, ResourceTypeForTagging};
use aws_smithy_types::date_time::Format;
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::TAG_STACK;
use cairn_model::{Value, equality, one_of};
use std::collections::BTreeMap;
use std::time::Duration;

/// A document that Systems Manager runs, or reads its settings from.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_ssm_document", tags, unsupported = "attachments_source permissions")]
pub struct Document {
    /// Name of the document.
    #[attr(required, force_new, key, check = name)]
    name: String,
    /// What it says, in its format.
    #[attr(required, equal = content)]
    content: String,
    /// `JSON`, `YAML` or `TEXT`.
    #[attr(default = "JSON", check = one_of!("JSON", "YAML", "TEXT"))]
    document_format: String,
    /// Type, such as `Command`, `Automation` or `Session`.
    #[attr(required, force_new)]
    document_type: String,
    /// Kind of resource that it can run on, such as `/AWS::EC2::Instance`.
    #[attr(optional)]
    target_type: Option<String>,
    /// Name of this version.
    #[attr(optional)]
    version_name: Option<String>,
    /// ARN of the document.
    #[attr(computed)]
    arn: Option<String>,
    /// When it was made.
    #[attr(computed, volatile)]
    created_date: Option<String>,
    /// Version that is used when none is named.
    #[attr(computed, volatile)]
    default_version: Option<String>,
    /// What it is for, by its content.
    #[attr(computed, volatile)]
    description: Option<String>,
    /// The version that is read here.
    #[attr(computed, volatile)]
    document_version: Option<String>,
    /// Hash of the content.
    #[attr(computed, volatile)]
    hash: Option<String>,
    /// Kind of the hash.
    #[attr(computed)]
    hash_type: Option<String>,
    /// Newest version.
    #[attr(computed, volatile)]
    latest_version: Option<String>,
    /// Account that owns it.
    #[attr(computed)]
    owner: Option<String>,
    /// The parameters that its content declares.
    #[attr(computed, volatile)]
    parameter: Vec<DocumentParameter>,
    /// Operating systems that it fits.
    #[attr(computed, volatile)]
    platform_types: Vec<String>,
    /// Version of the form of its content.
    #[attr(computed, volatile)]
    schema_version: Option<String>,
    /// What it is at, such as `Active`.
    #[attr(computed)]
    status: Option<String>,
}

/// A parameter of a document.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct DocumentParameter {
    /// Its value when none is given.
    #[attr(computed)]
    default_value: Option<String>,
    /// What it is for.
    #[attr(computed)]
    description: Option<String>,
    /// Its name.
    #[attr(computed)]
    name: Option<String>,
    /// Its type.
    #[attr(computed)]
    r#type: Option<String>,
}

impl Resource for Document {
    const SERVICE: &'static str = "ssm";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ssm", "document/"));
    const CALLS: Calls = Calls {
        read: &["ssm:ListDocuments", "ssm:DescribeDocument", "ssm:GetDocument", "ssm:ListTagsForResource"],
        create: &["ssm:CreateDocument", "ssm:DescribeDocument", "ssm:AddTagsToResource"],
        update: &[
            "ssm:UpdateDocument",
            "ssm:UpdateDocumentDefaultVersion",
            "ssm:DescribeDocument",
            "ssm:GetDocument",
            "ssm:AddTagsToResource",
            "ssm:RemoveTagsFromResource",
        ],
        delete: &["ssm:DeleteDocument", "ssm:DescribeDocument"],
        read_cost: "1 per 50 documents of the stack, and 2 or 3 per document: DescribeDocument, GetDocument and, for one that the list leaves out, ListTagsForResource take one name",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Document>>, Failure> {
        let mut names: BTreeMap<String, Option<Tags>> = BTreeMap::new();
        names.extend(scope.wanted_texts("name").into_iter().map(|n| (n, None)));
        names.extend(scope.only().map(|n| (n.to_string(), None)));
        if scope.only().is_none() {
            names.extend(list(aws, &scope.stack_id().to_string()).await?);
        }
        let read = names.into_iter().map(|(name, tags)| async move {
            let Some(about) = describe(aws, &name).await? else { return Ok(None) };
            let content = present(aws.ssm.get_document().name(&name).set_document_format(about.document_format.clone()).send().await.map_err(failed("ssm:GetDocument")))?;
            let tags = match tags {
                Some(tags) => Some(tags),
                None => tags_of(aws, ResourceTypeForTagging::Document, &name).await?,
            };
            let (Some(content), Some(tags)) = (content, tags) else { return Ok(None) };
            let arn = aws.arn("ssm", &format!("document/{name}")).await?;
            Ok(Some(Found::new(name, value(about, content.content.unwrap_or_default(), arn), tags)))
        });
        Ok(futures::future::try_join_all(read).await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Document, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .ssm
            .create_document()
            .name(&want.name)
            .content(&want.content)
            .document_format(DocumentFormat::from(want.document_format.as_str()))
            .document_type(DocumentType::from(want.document_type.as_str()))
            .set_target_type(want.target_type.clone())
            .set_version_name(want.version_name.clone())
            .set_tags(Some(to_tags(&making.tags)?));
        once!(aws_sdk_ssm, request).await.map_err(failed("ssm:CreateDocument"))?;
        active(aws, &want.name, making.run).await?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, have: &Found<Document>, want: &Document, changing: &Changing<'_>) -> Result<(), Failure> {
        let call = aws
            .ssm
            .update_document()
            .name(&have.id)
            .content(&want.content)
            .document_format(DocumentFormat::from(want.document_format.as_str()))
            .set_target_type(want.target_type.clone())
            .set_version_name(want.version_name.clone())
            .document_version("$LATEST");
        let version = match call.send().await.map_err(failed("ssm:UpdateDocument")) {
            Ok(answer) => answer.document_description.and_then(|d| d.document_version),
            // A version says this already: an old one, or one that a run which ended too soon did not make
            // the default.
            Err(f) if f.code == "DuplicateDocumentContent" => Some(version_of(aws, &have.id, want).await?.ok_or(f)?),
            Err(f) => return Err(f),
        };
        active(aws, &have.id, changing.run).await?;
        let call = aws.ssm.update_document_default_version().name(&have.id).document_version(version.unwrap_or_else(|| "$LATEST".into()));
        call.send().await.map_err(failed("ssm:UpdateDocumentDefaultVersion")).map(|_| ())
    }

    async fn delete(aws: &Aws, have: &Found<Document>, removing: &Removing<'_, Document>) -> Result<(), Failure> {
        present(aws.ssm.delete_document().name(&have.id).send().await.map_err(failed("ssm:DeleteDocument")))?;
        wait::until(removing.run, &format!("document {} to be gone", have.id), Duration::from_secs(120), || async {
            Ok(describe(aws, &have.id).await?.map_or(Look::Ready(()), |_| Look::NotYet(String::new())))
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<Document>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, ResourceTypeForTagging::Document, &have.id, set, remove).await
    }
}

/// SSM calls a document that is not there invalid (DescribeDocument, `InvalidDocument`).
fn present<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(f) if f.code == "InvalidDocument" || f.kind == FailureKind::NotFound => Ok(None),
        Err(f) => Err(f),
    }
}

/// The documents that carry the stack's mark, and their tags where the list gives them.
async fn list(aws: &Aws, stack: &str) -> Result<Vec<(String, Option<Tags>)>, Failure> {
    let filter = |key: &str, value: &str| DocumentKeyValuesFilter::builder().key(key).values(value).build();
    let request = aws.ssm.list_documents().filters(filter("Owner", "Self")).filters(filter(&format!("tag:{TAG_STACK}"), stack));
    let mut pages = request.max_results(50).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        for d in page.map_err(failed("ssm:ListDocuments"))?.document_identifiers.unwrap_or_default() {
            let tags = from_tags(d.tags);
            found.push((d.name.unwrap_or_default(), tags.get(TAG_STACK).is_some().then_some(tags)));
        }
    }
    Ok(found)
}

async fn describe(aws: &Aws, name: &str) -> Result<Option<DocumentDescription>, Failure> {
    let answer = present(aws.ssm.describe_document().name(name).send().await.map_err(failed("ssm:DescribeDocument")))?;
    Ok(answer.and_then(|a| a.document).filter(|d| d.status != Some(DocumentStatus::Deleting)))
}

/// The newest version with the wanted content.
async fn version_of(aws: &Aws, name: &str, want: &Document) -> Result<Option<String>, Failure> {
    // Versions are numbered from 1; deleted ones are simply not there.
    let latest = describe(aws, name).await?.and_then(|d| d.latest_version).and_then(|v| v.parse::<u64>().ok()).unwrap_or_default();
    let format = DocumentFormat::from(want.document_format.as_str());
    for version in (1..=latest).rev().map(|v| v.to_string()) {
        let call = aws.ssm.get_document().name(name).document_version(&version).document_format(format.clone());
        let answer = match present(call.send().await.map_err(failed("ssm:GetDocument"))) {
            Err(f) if f.code == "InvalidDocumentVersion" => None,
            other => other?,
        };
        let text = answer.and_then(|a| a.content).unwrap_or_default();
        if content(&Value::from(text), &Value::from(want.content.as_str())) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

async fn active(aws: &Aws, name: &str, run: Run<'_>) -> Result<(), Failure> {
    wait::until(run, &format!("document {name} to become active"), Duration::from_secs(300), || async {
        let Some(about) = describe(aws, name).await? else { return Ok(Look::NotYet("not visible yet".into())) };
        match about.status() {
            Some(DocumentStatus::Failed) => {
                let why = about.status_information().unwrap_or_default();
                Err(Failure::new(FailureKind::Invalid, format!("AWS could not take the document {name}: {why}")))
            }
            Some(DocumentStatus::Active) | None => Ok(Look::Ready(())),
            Some(status) => Ok(Look::NotYet(status.as_str().to_string())),
        }
    })
    .await
}

fn value(d: DocumentDescription, content: String, arn: String) -> Document {
    let text = |t: Option<String>| t.filter(|t| !t.is_empty());
    let parameter = |p: aws_sdk_ssm::types::DocumentParameter| DocumentParameter {
        default_value: p.default_value,
        description: p.description,
        name: p.name,
        r#type: p.r#type.map(|t| t.as_str().to_string()),
    };
    Document {
        name: d.name.unwrap_or_default(),
        content,
        document_format: d.document_format.map_or_else(|| "JSON".into(), |f| f.as_str().to_string()),
        document_type: d.document_type.map(|t| t.as_str().to_string()).unwrap_or_default(),
        target_type: text(d.target_type),
        version_name: text(d.version_name),
        arn: Some(arn),
        created_date: d.created_date.and_then(|c| c.fmt(Format::DateTime).ok()),
        default_version: d.default_version,
        description: text(d.description),
        document_version: d.document_version,
        hash: d.hash,
        hash_type: d.hash_type.map(|t| t.as_str().to_string()),
        latest_version: d.latest_version,
        owner: d.owner,
        parameter: d.parameters.unwrap_or_default().into_iter().map(parameter).collect(),
        platform_types: d.platform_types.unwrap_or_default().into_iter().map(|p| p.as_str().to_string()).collect(),
        schema_version: d.schema_version,
        status: d.status.map(|s| s.as_str().to_string()),
    }
}

/// The same JSON, or the same text but for space around it.
fn content(have: &Value, want: &Value) -> bool {
    match (have.as_str(), want.as_str()) {
        (Some(a), Some(b)) => a.trim() == b.trim() || equality::json(have, want),
        _ => have == want,
    }
}

fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !(3..=128).contains(&text.len()) || !text.chars().all(fits) {
        return Err(format!("must be 3 to 128 letters, digits and . - _, not \"{text}\""));
    }
    if ["aws", "amazon", "amzn"].iter().any(|p| text.to_ascii_lowercase().starts_with(p)) {
        return Err(format!("can't be \"{text}\": names that begin with aws, amazon or amzn are AWS's own"));
    }
    Ok(())
}
