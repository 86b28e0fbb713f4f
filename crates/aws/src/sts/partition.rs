//! `data.aws_partition`.

use crate::client::Aws;
use crate::resource::DataSource;
use cairn_derive::Model;
use cairn_engine::Failure;

/// The partition of the region in use. Asks AWS nothing.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_partition")]
pub struct Partition {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    #[attr(computed)]
    partition: Option<String>,
    /// Domain of its services.
    #[attr(computed)]
    dns_suffix: Option<String>,
    /// The domain backwards, as service names begin.
    #[attr(computed)]
    reverse_dns_prefix: Option<String>,
    /// The partition again.
    #[attr(computed)]
    id: Option<String>,
}

impl DataSource for Partition {
    const CALLS: &'static [&'static str] = &[];

    async fn read(aws: &Aws, _: &Partition) -> Result<Partition, Failure> {
        let reverse = aws.dns_suffix().rsplit('.').collect::<Vec<_>>().join(".");
        Ok(Partition {
            partition: Some(aws.partition().into()),
            dns_suffix: Some(aws.dns_suffix().into()),
            reverse_dns_prefix: Some(reverse),
            id: Some(aws.partition().into()),
        })
    }
}
