//! `data.aws_subnets`.

use super::{DataFilter, PAGE, tag_filters, to_filters};
use crate::client::Aws;
use crate::failure::failed;
use crate::resource::DataSource;
use cairn_derive::Model;
use cairn_engine::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// The ids of subnets that filters let through.
#[derive(Model, Clone, Debug, PartialEq)]
#[resource(name = "aws_subnets", timeouts = "read")]
pub struct Subnets {
    /// EC2's own filters.
    #[block]
    filter: BTreeSet<DataFilter>,
    /// Tags that they carry.
    #[attr(optional, computed)]
    tags: BTreeMap<String, String>,
    /// Their ids, sorted.
    #[attr(computed)]
    ids: Vec<String>,
    /// The region.
    #[attr(computed)]
    id: Option<String>,
}

impl DataSource for Subnets {
    const CALLS: &'static [&'static str] = &["ec2:DescribeSubnets"];

    async fn read(aws: &Aws, question: &Subnets) -> Result<Subnets, Failure> {
        let mut filters = to_filters(&question.filter);
        filters.extend(tag_filters(&question.tags));
        let request = aws.ec2.describe_subnets().set_filters((!filters.is_empty()).then_some(filters)).max_results(PAGE);
        let mut pages = request.into_paginator().send();
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(failed("ec2:DescribeSubnets"))?;
            ids.extend(page.subnets.unwrap_or_default().into_iter().filter_map(|s| s.subnet_id));
        }
        ids.sort();
        Ok(Subnets { ids, id: Some(aws.region.clone()), ..question.clone() })
    }
}
