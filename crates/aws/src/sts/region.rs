//! `data.aws_region`.

use crate::client::Aws;
use crate::resource::DataSource;
use cairn_derive::Model;
use cairn_engine::{Failure, FailureKind};

/// The region in use. Asks AWS nothing.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_region", unread = "endpoint")]
pub struct Region {
    /// Name, such as `us-east-1`.
    #[attr(optional, computed)]
    name: Option<String>,
    /// The name, as version 6 of the public provider calls it.
    #[attr(optional, computed)]
    region: Option<String>,
    /// Name for people, such as `US East (N. Virginia)`.
    #[attr(computed)]
    description: Option<String>,
    /// The name again.
    #[attr(computed)]
    id: Option<String>,
}

/// Regions of the commercial, China and GovCloud partitions with their names (AWS General Reference).
const NAMES: &[(&str, &str)] = &[
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];

impl DataSource for Region {
    const CALLS: &'static [&'static str] = &[];

    async fn read(aws: &Aws, question: &Region) -> Result<Region, Failure> {
        let name = match (&question.name, &question.region) {
            (Some(name), Some(region)) if name != region => {
                let message = format!("two regions are asked for: name = \"{name}\" and region = \"{region}\"");
                return Err(Failure::new(FailureKind::Invalid, message));
            }
            (given, also) => given.as_ref().or(also.as_ref()).unwrap_or(&aws.region).clone(),
        };
        let Some((_, description)) = NAMES.iter().find(|(n, _)| *n == name) else {
            return Err(Failure::new(FailureKind::Invalid, format!("no region \"{name}\" is known")));
        };
        Ok(Region { id: Some(name.clone()), name: Some(name.clone()), region: Some(name), description: Some((*description).into()) })
    }
}
