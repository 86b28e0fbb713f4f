//! `data.aws_ssm_parameter`.

use crate::client::Aws;
use crate::failure::{failed, missing};
use crate::resource::DataSource;
use cairn_derive::Model;
use cairn_engine::Failure;

/// A parameter of the Parameter Store, of one's own or public, such as the id of AWS's newest image.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_ssm_parameter")]
pub struct ParameterData {
    /// Name, or path.
    #[attr(required)]
    name: String,
    /// Decrypt a `SecureString`.
    #[attr(default = true)]
    with_decryption: bool,
    /// ARN.
    #[attr(computed)]
    arn: Option<String>,
    /// `String`, `StringList` or `SecureString`.
    #[attr(computed, name = "type")]
    kind: Option<String>,
    /// The value.
    #[attr(computed, sensitive)]
    value: Option<String>,
    /// The value where it is no secret; nothing for a `SecureString`.
    #[attr(computed)]
    insecure_value: Option<String>,
    /// Version of the value.
    #[attr(computed)]
    version: Option<i64>,
    /// The name again.
    #[attr(computed)]
    id: Option<String>,
}

impl DataSource for ParameterData {
    const NAMED: Option<&'static str> = Some("name");
    const CALLS: &'static [&'static str] = &["ssm:GetParameter"];

    async fn read(aws: &Aws, question: &ParameterData) -> Result<ParameterData, Failure> {
        let request = aws.ssm.get_parameter().name(&question.name).with_decryption(question.with_decryption);
        let parameter =
            request.send().await.map_err(failed("ssm:GetParameter"))?.parameter.ok_or_else(|| missing("ssm:GetParameter", "Parameter"))?;
        let kind = parameter.r#type.map(|t| t.as_str().to_string());
        let secret = kind.as_deref() == Some("SecureString");
        Ok(ParameterData {
            arn: parameter.arn,
            insecure_value: parameter.value.clone().filter(|_| !secret),
            value: parameter.value,
            version: Some(parameter.version),
            id: Some(question.name.clone()),
            kind,
            ..question.clone()
        })
    }
}
