//! `data.aws_availability_zones`.

use super::{DataFilter, to_filters};
use crate::client::Aws;
use crate::failure::failed;
use crate::resource::DataSource;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_model::one_of;
use std::collections::BTreeSet;

/// The availability zones of the region.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_availability_zones", timeouts = "read")]
pub struct AvailabilityZones {
    /// Include local and wavelength zones that the account has not opted in to.
    #[attr(optional)]
    all_availability_zones: Option<bool>,
    /// Names to leave out.
    #[attr(optional)]
    exclude_names: Option<BTreeSet<String>>,
    /// Zone ids to leave out.
    #[attr(optional)]
    exclude_zone_ids: Option<BTreeSet<String>>,
    /// Only zones in this state.
    #[attr(optional, check = one_of!("available", "information", "impaired", "unavailable", "constrained"))]
    state: Option<String>,
    /// Only zones that EC2's own filters let through.
    #[block]
    filter: BTreeSet<DataFilter>,
    /// Names of the groups that the zones belong to.
    #[attr(computed)]
    group_names: BTreeSet<String>,
    /// Names, sorted.
    #[attr(computed)]
    names: Vec<String>,
    /// Zone ids, in the order of the names.
    #[attr(computed)]
    zone_ids: Vec<String>,
    /// The region.
    #[attr(computed)]
    id: Option<String>,
}

impl DataSource for AvailabilityZones {
    const CALLS: &'static [&'static str] = &["ec2:DescribeAvailabilityZones"];

    async fn read(aws: &Aws, question: &AvailabilityZones) -> Result<AvailabilityZones, Failure> {
        let mut filters = to_filters(&question.filter);
        filters.extend(question.state.as_ref().map(|s| super::filter("state", [s])));
        let answer = aws
            .ec2
            .describe_availability_zones()
            .set_all_availability_zones(question.all_availability_zones)
            .set_filters((!filters.is_empty()).then_some(filters))
            .send()
            .await
            .map_err(failed("ec2:DescribeAvailabilityZones"))?;
        let mut zones = answer.availability_zones.unwrap_or_default();
        let among = |names: &Option<BTreeSet<String>>, name: Option<&str>| names.iter().flatten().any(|n| Some(n.as_str()) == name);
        zones.retain(|z| !among(&question.exclude_names, z.zone_name()) && !among(&question.exclude_zone_ids, z.zone_id()));
        zones.sort_by(|a, b| a.zone_name.cmp(&b.zone_name));
        Ok(AvailabilityZones {
            group_names: zones.iter().filter_map(|z| z.group_name.clone()).collect(),
            names: zones.iter().filter_map(|z| z.zone_name.clone()).collect(),
            zone_ids: zones.iter().filter_map(|z| z.zone_id.clone()).collect(),
            id: Some(aws.region.clone()),
            ..question.clone()
        })
    }
}
