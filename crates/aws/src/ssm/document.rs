//! `aws_ssm_document`.

use super::{from_tags, tag, tags_of, to_tags};
use crate::client::Aws;
use crate::failure::{absent, failed, gone, missing};
use crate::once;
use crate::permissions::Iam;
use crate::resource::{Calls, Changing, Found, Making, Removing, Resource, Run, Tags};
use crate::scope::Scope;
use crate::wait::{self, Look};
use aws_sdk_ssm::types::{
    DocumentDescription, DocumentFormat, DocumentKeyValuesFilter, DocumentParameter, DocumentStatus, DocumentType, ResourceTypeForTagging,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use cairn_derive::Model;
use cairn_engine::impact::Effects;
use cairn_engine::{Failure, FailureKind};
use cairn_model::mark::TAG_STACK;
use cairn_model::{Value, equality, one_of};
use std::collections::BTreeSet;
use std::time::Duration;

/// What Systems Manager runs on nodes, or how it opens a session to them.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_ssm_document", tags, unsupported = "permissions", unsupported_blocks = "attachments_source")]
pub struct Document {
    /// Name of the document.
    #[attr(required, force_new, key, check = name)]
    name: String,
    /// The document, in its format.
    #[attr(required, equal = same_content)]
    content: String,
    /// How the document is written.
    #[attr(default = "JSON", check = one_of!("JSON", "YAML", "TEXT"))]
    document_format: String,
    /// What the document is for.
    #[attr(
        required,
        force_new,
        check = one_of!(
            "Command", "Policy", "Automation", "Session", "Package", "ApplicationConfiguration", "ApplicationConfigurationSchema",
            "DeploymentStrategy", "ChangeCalendar", "Automation.ChangeTemplate", "ProblemAnalysis", "ProblemAnalysisTemplate",
            "CloudFormation", "ConformancePackTemplate", "QuickSetup", "ManualApprovalPolicy", "AutoApprovalPolicy"
        )
    )]
    document_type: String,
    /// Kind of resource that the document can run on, such as `/AWS::EC2::Instance`.
    #[attr(optional)]
    target_type: Option<String>,
    /// Name of the version.
    #[attr(optional)]
    version_name: Option<String>,
    /// ARN of the document.
    #[attr(computed)]
    arn: Option<String>,
    /// When the version was made.
    #[attr(computed, volatile)]
    created_date: Option<String>,
    /// Version that counts.
    #[attr(computed, volatile)]
    default_version: Option<String>,
    /// What the document says of itself.
    #[attr(computed, volatile)]
    description: Option<String>,
    /// Version that was read: the one that counts.
    #[attr(computed, volatile)]
    document_version: Option<String>,
    /// Digest of the content.
    #[attr(computed, volatile)]
    hash: Option<String>,
    /// How the digest is made.
    #[attr(computed)]
    hash_type: Option<String>,
    /// Newest version.
    #[attr(computed, volatile)]
    latest_version: Option<String>,
    /// Account that owns the document.
    #[attr(computed)]
    owner: Option<String>,
    /// What a run of the document may be given.
    #[attr(computed, volatile)]
    parameter: Vec<DocumentInput>,
    /// Operating systems that the document runs on.
    #[attr(computed, volatile)]
    platform_types: Vec<String>,
    /// Version of the language that the document is written in.
    #[attr(computed, volatile)]
    schema_version: Option<String>,
    /// State of the document.
    #[attr(computed, volatile)]
    status: Option<String>,
}

/// Something that a run of a document may be given.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct DocumentInput {
    /// Its name.
    #[attr(computed)]
    name: Option<String>,
    /// Its type.
    #[attr(computed, name = "type")]
    kind: Option<String>,
    /// What it is for.
    #[attr(computed)]
    description: Option<String>,
    /// What it is when it is left out.
    #[attr(computed)]
    default_value: Option<String>,
}

impl Resource for Document {
    const CONSOLE: Option<&'static str> = Some("systems-manager/documents/{name}/description?region={region}");
    const SERVICE: &'static str = "ssm";
    const INDEX: Option<(&'static str, &'static str)> = Some(("ssm", "document/"));
    const EFFECTS: Effects = Effects { serves: Some("whoever runs it"), ..Effects::NONE };
    const IAM: Iam = Iam { passes_roles_to: &["ssm.amazonaws.com"], ..Iam::named("name", "", "") };
    const CALLS: Calls = Calls {
        read: &["ssm:ListDocuments", "ssm:DescribeDocument", "ssm:GetDocument", "ssm:ListTagsForResource"],
        create: &["ssm:CreateDocument", "ssm:AddTagsToResource", "ssm:DescribeDocument"],
        update: &[
            "ssm:UpdateDocument",
            "ssm:UpdateDocumentDefaultVersion",
            "ssm:DescribeDocument",
            "ssm:GetDocument",
            "ssm:AddTagsToResource",
            "ssm:RemoveTagsFromResource",
        ],
        delete: &["ssm:DeleteDocument", "ssm:DescribeDocument"],
        read_cost: "1 per 50, and 2 per document: ListDocuments leaves content and versions out, and DescribeDocument and GetDocument take one name",
    };

    async fn read(aws: &Aws, scope: &Scope<'_>) -> Result<Vec<Found<Document>>, Failure> {
        let names = match scope.only() {
            Some(id) => BTreeSet::from([id.to_string()]),
            None => {
                let mut names = scope.wanted_texts("name");
                let filter = DocumentKeyValuesFilter::builder().key(format!("tag:{TAG_STACK}")).set_values(Some(scope.stacks())).build();
                let mut pages = aws.ssm.list_documents().filters(filter).max_results(50).into_paginator().send();
                while let Some(page) = pages.next().await {
                    names.extend(
                        page.map_err(failed("ssm:ListDocuments"))?
                            .document_identifiers
                            .unwrap_or_default()
                            .into_iter()
                            .filter_map(|d| d.name),
                    );
                }
                names
            }
        };
        let read = futures::future::try_join_all(names.into_iter().map(|name| async move {
            let described = describe(aws, &name).await?.filter(|d| d.status != Some(DocumentStatus::Deleting));
            let Some(described) = described else { return Ok(None) };
            let call = aws.ssm.get_document().name(&name).set_document_format(described.document_format.clone());
            let Some(got) = absent(call.send().await.map_err(failed("ssm:GetDocument")))? else { return Ok(None) };
            let tags = match described.tags.clone() {
                Some(tags) if !tags.is_empty() => Some(from_tags(Some(tags))),
                _ => tags_of(aws, ResourceTypeForTagging::Document, &name).await?,
            };
            let Some(tags) = tags else { return Ok(None) };
            let arn = aws.arn("ssm", &format!("document/{name}")).await?;
            Ok::<_, Failure>(Some(Found::new(name, value(described, got.content.unwrap_or_default(), arn), tags)))
        }));
        Ok(read.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Document, making: &Making<'_>) -> Result<String, Failure> {
        let request = aws
            .ssm
            .create_document()
            .name(&want.name)
            .content(&want.content)
            .document_type(DocumentType::from(want.document_type.as_str()))
            .document_format(DocumentFormat::from(want.document_format.as_str()))
            .set_target_type(want.target_type.clone())
            .set_version_name(want.version_name.clone())
            .set_tags(Some(to_tags(&making.tags)?));
        once!(aws_sdk_ssm, request).await.map_err(failed("ssm:CreateDocument"))?;
        active(aws, &want.name, making.run).await?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, have: &Found<Document>, want: &Document, changing: &Changing<'_>) -> Result<(), Failure> {
        if !changing.any(&["content", "document_format", "target_type", "version_name"]) {
            return Ok(());
        }
        let request = aws
            .ssm
            .update_document()
            .name(&have.id)
            .content(&want.content)
            .document_version("$LATEST")
            .document_format(DocumentFormat::from(want.document_format.as_str()))
            .set_target_type(want.target_type.clone())
            .set_version_name(want.version_name.clone().filter(|_| changing.any(&["version_name"])));
        let version = match once!(aws_sdk_ssm, request).await.map_err(failed("ssm:UpdateDocument")) {
            Ok(made) => made.document_description.and_then(|d| d.document_version),
            // There is such a version: a run stopped before it made it count, or somebody made another count.
            Err(f) if f.code.starts_with("DuplicateDocument") => Some(version_of(aws, &have.id, want).await?.ok_or(f)?),
            Err(f) => return Err(f),
        };
        let version = version.ok_or_else(|| missing("ssm:UpdateDocument", "DocumentVersion"))?;
        active(aws, &have.id, changing.run).await?;
        let call = aws.ssm.update_document_default_version().name(&have.id).document_version(version);
        call.send().await.map_err(failed("ssm:UpdateDocumentDefaultVersion"))?;
        active(aws, &have.id, changing.run).await
    }

    async fn delete(aws: &Aws, have: &Found<Document>, removing: &Removing<'_, Document>) -> Result<(), Failure> {
        let gone = gone(aws.ssm.delete_document().name(&have.id).send().await.map_err(failed("ssm:DeleteDocument")));
        // A document that is not there is an invalid one to Systems Manager.
        gone.or_else(|f| if f.code == "InvalidDocument" { Ok(()) } else { Err(f) })?;
        wait::until(removing.run, &format!("document {} to be gone", have.id), Duration::from_secs(120), || async {
            Ok(describe(aws, &have.id).await?.map_or(Look::Ready(()), |_| Look::NotYet(String::new())))
        })
        .await
    }

    async fn tag(aws: &Aws, have: &Found<Document>, set: &Tags, remove: &[String]) -> Result<(), Failure> {
        tag(aws, ResourceTypeForTagging::Document, &have.id, set, remove).await
    }
}

/// The same JSON, or the same text but for space around it.
fn same_content(have: &Value, want: &Value) -> bool {
    match (have.as_str(), want.as_str()) {
        (Some(a), Some(b)) => a.trim() == b.trim() || equality::json(have, want),
        _ => have == want,
    }
}

/// Systems Manager API, `CreateDocument`.
fn name(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !(3..=128).contains(&text.len()) || !text.chars().all(fits) {
        return Err(format!("must be 3 to 128 letters, digits and . - _, not \"{text}\""));
    }
    if ["aws", "amazon", "amzn"].iter().any(|p| text.to_ascii_lowercase().starts_with(p)) {
        return Err(format!("can't begin with aws, amazon or amzn, which are AWS's own: \"{text}\""));
    }
    Ok(())
}

/// A document as it counts, whatever its state. One that is not there is an invalid one to Systems Manager.
async fn describe(aws: &Aws, name: &str) -> Result<Option<DocumentDescription>, Failure> {
    match absent(aws.ssm.describe_document().name(name).send().await.map_err(failed("ssm:DescribeDocument"))) {
        Err(f) if f.code == "InvalidDocument" => Ok(None),
        other => Ok(other?.and_then(|a| a.document)),
    }
}

/// The newest version that is as wanted. Versions are numbered from 1.
async fn version_of(aws: &Aws, name: &str, want: &Document) -> Result<Option<String>, Failure> {
    let latest = describe(aws, name).await?.and_then(|d| d.latest_version?.parse::<u32>().ok()).unwrap_or_default();
    for version in (1..=latest).rev() {
        let format = DocumentFormat::from(want.document_format.as_str());
        let call = aws.ssm.get_document().name(name).document_version(version.to_string()).document_format(format);
        let got = match absent(call.send().await.map_err(failed("ssm:GetDocument"))) {
            // Somebody deleted it.
            Err(f) if f.code == "InvalidDocumentVersion" => continue,
            other => other?,
        };
        let Some(got) = got else { continue };
        let named = want.version_name.is_none() || got.version_name == want.version_name;
        if named && same_content(&Value::from(got.content.unwrap_or_default()), &Value::from(want.content.as_str())) {
            return Ok(Some(version.to_string()));
        }
    }
    Ok(None)
}

/// Waits until a document can be run.
async fn active(aws: &Aws, name: &str, run: Run<'_>) -> Result<(), Failure> {
    wait::until(run, &format!("document {name} to become active"), Duration::from_secs(120), || async {
        let Some(document) = describe(aws, name).await? else { return Ok(Look::NotYet("not visible yet".into())) };
        match document.status {
            Some(DocumentStatus::Active) | None => Ok(Look::Ready(())),
            Some(DocumentStatus::Failed) => {
                let why = document.status_information.unwrap_or_default();
                Err(Failure::new(FailureKind::Invalid, format!("Systems Manager refused the document {name}: {why}")))
            }
            Some(status) => Ok(Look::NotYet(status.as_str().to_string())),
        }
    })
    .await
}

fn input(p: DocumentParameter) -> DocumentInput {
    let kind = p.r#type.map(|t| t.as_str().to_string());
    DocumentInput { name: p.name, kind, description: p.description, default_value: p.default_value }
}

fn value(d: DocumentDescription, content: String, arn: String) -> Document {
    let text = |t: Option<String>| t.filter(|t| !t.is_empty());
    Document {
        name: d.name.unwrap_or_default(),
        content,
        document_format: d.document_format.map_or_else(|| "JSON".into(), |f| f.as_str().to_string()),
        document_type: d.document_type.map(|t| t.as_str().to_string()).unwrap_or_default(),
        target_type: text(d.target_type),
        version_name: text(d.version_name),
        arn: Some(arn),
        created_date: d.created_date.and_then(|t| DateTime::from_secs(t.secs()).fmt(Format::DateTime).ok()),
        default_version: d.default_version,
        description: text(d.description),
        document_version: d.document_version,
        hash: d.hash,
        hash_type: d.hash_type.map(|t| t.as_str().to_string()),
        latest_version: d.latest_version,
        owner: d.owner,
        parameter: d.parameters.unwrap_or_default().into_iter().map(input).collect(),
        platform_types: d.platform_types.unwrap_or_default().into_iter().map(|p| p.as_str().to_string()).collect(),
        schema_version: d.schema_version,
        status: d.status.map(|s| s.as_str().to_string()),
    }
}
