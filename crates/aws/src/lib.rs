//! AWS: the only crate that depends on `aws-sdk-*`. One file per resource type, grouped by service; the
//! registry lists them. It knows neither HCL nor how a plan is drawn.

mod acm;
mod adapter;
mod autoscaling;
pub mod calls;
pub mod client;
mod clients;
mod cloudwatch;
mod console;
mod ec2;
mod ecs;
mod elbv2;
mod failure;
mod iam;
mod in_flight;
mod kms;
mod logs;
mod names;
pub mod notify;
mod patience;
pub mod permissions;
mod provider;
mod provider_block;
mod rds;
mod reading;
mod register;
pub mod registry;
mod resource;
mod s3;
mod scheduler;
#[cfg(test)]
mod schema_oracle;
mod scope;
mod shield;
mod sns;
mod ssm;
mod sts;
mod tag_index;
pub mod trail;
mod wafv2;
mod wait;
mod wire;

pub use adapter::{DataType, ResourceType};
pub use client::{Aws, Caller, Settings};
pub use clients::Clients;
pub use in_flight::IN_FLIGHT;
pub use provider::{AwsProvider, AwsSchemas};
pub use reading::read_together;
pub use resource::Calls;
