//! The clients of one provider configuration: an account, a region, a way in.

use crate::calls::CallLog;
use crate::failure::failed;
use crate::in_flight::InFlight;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls;
use cairn_engine::{Failure, FailureKind};
use cairn_model::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::OnceCell;

/// What a `provider "aws"` block says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Region; the SDK's own search when nothing.
    pub region: Option<String>,
    /// Profile of the shared configuration files.
    pub profile: Option<String>,
    /// Role to assume: ARN, session name and external id.
    pub assume_role: Option<AssumeRole>,
    /// Accounts that it may touch; any when empty.
    pub allowed_account_ids: Vec<String>,
    /// Accounts that it must not touch.
    pub forbidden_account_ids: Vec<String>,
    /// Tags that it puts on everything.
    pub default_tags: BTreeMap<String, Value>,
}

/// A role to assume before any other call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// Session name; `cairn` when nothing.
    pub session_name: Option<String>,
    /// External id that the role's trust policy asks for.
    pub external_id: Option<String>,
}

/// Who the credentials belong to (`sts:GetCallerIdentity`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// ARN of the user or role.
    pub arn: String,
    /// Unique id of the user or role.
    pub user_id: String,
}

/// The clients of one provider configuration. Cheap to share; each client keeps its connections.
#[derive(Debug)]
pub struct Aws {
    /// What the configuration says.
    pub settings: Settings,
    /// The region in use, such as `us-east-1`.
    pub region: String,
    /// Every call is recorded here.
    pub log: CallLog,
    caller: OnceCell<Caller>,
    /// Certificate Manager.
    pub acm: aws_sdk_acm::Client,
    /// Auto Scaling.
    pub autoscaling: aws_sdk_autoscaling::Client,
    /// CloudWatch.
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// EC2 and VPC.
    pub ec2: aws_sdk_ec2::Client,
    /// Elastic Load Balancing.
    pub elbv2: aws_sdk_elasticloadbalancingv2::Client,
    /// Identity and Access Management.
    pub iam: aws_sdk_iam::Client,
    /// Key Management Service.
    pub kms: aws_sdk_kms::Client,
    /// Relational Database Service.
    pub rds: aws_sdk_rds::Client,
    /// The public tag index.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// Shield.
    pub shield: aws_sdk_shield::Client,
    /// Simple Notification Service.
    pub sns: aws_sdk_sns::Client,
    /// Systems Manager.
    pub ssm: aws_sdk_ssm::Client,
    /// Security Token Service.
    pub sts: aws_sdk_sts::Client,
    /// Web Application Firewall.
    pub wafv2: aws_sdk_wafv2::Client,
}

/// Tries of calls that can be repeated safely. A create without an idempotency token goes through
/// [`once!`](crate::once) and is not retried.
const MAX_ATTEMPTS: u32 = 8;

impl Aws {
    /// Makes the clients. Makes no call but those that finding credentials takes. `in_flight` is how many
    /// requests may be under way at once.
    pub async fn connect(settings: Settings, in_flight: usize, log: CallLog) -> Result<Aws, Failure> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(InFlight::new(http, in_flight))
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(Duration::from_millis(200)))
            .timeout_config(TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(Duration::from_secs(60)).build());
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        let mut config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Failure::new(
                FailureKind::Invalid,
                "no AWS region is set: set `region` in the provider block or in cairn.toml, or the environment variable AWS_REGION",
            ));
        };
        if let Some(role) = &settings.assume_role {
            let mut provider = aws_config::sts::AssumeRoleProvider::builder(&role.role_arn)
                .configure(&config)
                .session_name(role.session_name.as_deref().unwrap_or("cairn"));
            if let Some(external) = &role.external_id {
                provider = provider.external_id(external);
            }
            let provider = provider.build().await;
            config = config
                .into_builder()
                .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(provider))
                .build();
        }
        Ok(Aws::from_config(settings, region, log, &config))
    }

    fn from_config(settings: Settings, region: String, log: CallLog, config: &SdkConfig) -> Aws {
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf($sdk::config::Builder::from(config).interceptor(log.clone()).build())
            };
        }
        // Bucket names as host names need wildcard DNS, which an endpoint of one's own does not have.
        let own_endpoint = config.endpoint_url().is_some();
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(own_endpoint).interceptor(log.clone()).build();
        Aws {
            settings,
            region,
            caller: OnceCell::new(),
            acm: client!(aws_sdk_acm),
            autoscaling: client!(aws_sdk_autoscaling),
            cloudwatch: client!(aws_sdk_cloudwatch),
            logs: client!(aws_sdk_cloudwatchlogs),
            ec2: client!(aws_sdk_ec2),
            elbv2: client!(aws_sdk_elasticloadbalancingv2),
            iam: client!(aws_sdk_iam),
            kms: client!(aws_sdk_kms),
            rds: client!(aws_sdk_rds),
            tagging: client!(aws_sdk_resourcegroupstagging),
            s3: aws_sdk_s3::Client::from_conf(s3),
            shield: client!(aws_sdk_shield),
            sns: client!(aws_sdk_sns),
            ssm: client!(aws_sdk_ssm),
            sts: client!(aws_sdk_sts),
            wafv2: client!(aws_sdk_wafv2),
            log,
        }
    }

    /// Who the credentials belong to. Asked once a run.
    pub async fn caller(&self) -> Result<&Caller, Failure> {
        self.caller
            .get_or_try_init(|| async {
                let identity = self.sts.get_caller_identity().send().await.map_err(failed("sts:GetCallerIdentity"))?;
                Ok(Caller {
                    account: identity.account.unwrap_or_default(),
                    arn: identity.arn.unwrap_or_default(),
                    user_id: identity.user_id.unwrap_or_default(),
                })
            })
            .await
    }

    /// The account's twelve digits.
    pub async fn account(&self) -> Result<&str, Failure> {
        self.caller().await.map(|c| c.account.as_str())
    }

    /// The partition of the region: `aws`, `aws-cn` or `aws-us-gov` (AWS General Reference).
    pub fn partition(&self) -> &'static str {
        match self.region.as_str() {
            r if r.starts_with("cn-") => "aws-cn",
            r if r.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// The partition's domain.
    pub fn dns_suffix(&self) -> &'static str {
        if self.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// An ARN in this region and account.
    pub async fn arn(&self, service: &str, resource: &str) -> Result<String, Failure> {
        Ok(format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region, self.account().await?))
    }
}

/// Sends a create that has no idempotency token exactly once: a reply that is lost must not be
/// retried blindly, the engine looks for the mark first. `once!(aws_sdk_ec2, request)`.
#[macro_export]
macro_rules! once {
    ($sdk:ident, $request:expr) => {
        $request.customize().config_override($sdk::config::Builder::new().retry_config(aws_config::retry::RetryConfig::disabled())).send()
    };
}
