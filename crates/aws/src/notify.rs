//! Telling a topic what a look for drift came to: the one call of a look that is not a read, made only where
//! `cairn.toml` names a topic.

use crate::calls::CallLog;
use crate::client::{Access, Aws};
use crate::failure::failed;
use cairn_engine::{Failure, FailureKind};

/// The operations that a notification calls.
pub const CALLS: &[&str] = &["sns:Publish"];

/// Publishes a message to a topic, in the topic's region, with the credentials of the environment.
pub async fn publish(topic_arn: &str, subject: &str, message: &str, log: CallLog) -> Result<(), Failure> {
    let region = topic_arn.split(':').nth(3).filter(|r| !r.is_empty());
    let region = region.ok_or_else(|| Failure::new(FailureKind::Invalid, format!("{topic_arn} is not the ARN of a topic")))?;
    let access = Access { region: Some(region.to_string()), ..Access::default() };
    let aws = Aws::connect(&access, 1, log).await?;
    // A message that comes twice is worse than one that a later report makes up for.
    let publish = aws.sns.publish().topic_arn(topic_arn).subject(subject).message(message);
    crate::once!(aws_sdk_sns, publish).await.map_err(failed("sns:Publish"))?;
    Ok(())
}
