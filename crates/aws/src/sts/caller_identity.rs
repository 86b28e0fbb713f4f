//! `data.aws_caller_identity`.

use crate::client::Aws;
use crate::resource::DataSource;
use cairn_derive::Model;
use cairn_engine::Failure;

/// Who the credentials belong to.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_caller_identity")]
pub struct CallerIdentity {
    /// The account's twelve digits.
    #[attr(computed)]
    account_id: Option<String>,
    /// ARN of the user or role.
    #[attr(computed)]
    arn: Option<String>,
    /// Unique id of the user or role.
    #[attr(computed)]
    user_id: Option<String>,
    /// The account again.
    #[attr(computed)]
    id: Option<String>,
}

impl DataSource for CallerIdentity {
    const CALLS: &'static [&'static str] = &["sts:GetCallerIdentity"];

    async fn read(aws: &Aws, _: &CallerIdentity) -> Result<CallerIdentity, Failure> {
        let caller = aws.caller().await?.clone();
        Ok(CallerIdentity {
            id: Some(caller.account.clone()),
            account_id: Some(caller.account),
            arn: Some(caller.arn),
            user_id: Some(caller.user_id),
        })
    }
}
