//! The clients of one provider configuration: an account, a region, a way in.

use crate::calls::CallLog;
use crate::failure::failed;
use crate::in_flight::InFlight;
use crate::patience::{PATIENCE, Patience};
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use cairn_engine::{Failure, FailureKind};
use cairn_model::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A way into AWS. Those who go the same way share their clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// Region; the SDK's own search when nothing.
    pub region: Option<String>,
    /// Profile of the shared configuration files.
    pub profile: Option<String>,
    /// Configuration files in place of the usual one.
    pub shared_config_files: Vec<String>,
    /// Credentials files in place of the usual one.
    pub shared_credentials_files: Vec<String>,
    /// Role to assume: ARN, session name and external id.
    pub assume_role: Option<AssumeRole>,
    /// Endpoints of one's own, by the service's name in a provider block.
    pub endpoints: BTreeMap<String, String>,
}

/// What a `provider "aws"` block says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The way into AWS.
    pub access: Access,
    /// Accounts that it may touch; any when empty.
    pub allowed_account_ids: Vec<String>,
    /// Accounts that it must not touch.
    pub forbidden_account_ids: Vec<String>,
    /// Tags that it puts on everything.
    pub default_tags: BTreeMap<String, Value>,
}

/// A role to assume before any other call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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

/// The clients of one way into AWS. Cheap to share; each client keeps its connections.
#[derive(Debug)]
pub struct Aws {
    /// The region in use, such as `us-east-1`.
    pub region: String,
    /// Every call is recorded here.
    pub log: CallLog,
    /// When CloudTrail's event history was asked last.
    pub(crate) trail: tokio::sync::Mutex<Option<tokio::time::Instant>>,
    caller: OnceCell<Caller>,
    answers: Option<Answers>,
    /// Certificate Manager.
    pub acm: aws_sdk_acm::Client,
    /// Auto Scaling.
    pub autoscaling: aws_sdk_autoscaling::Client,
    /// CloudTrail.
    pub cloudtrail: aws_sdk_cloudtrail::Client,
    /// CloudWatch.
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// EC2 and VPC.
    pub ec2: aws_sdk_ec2::Client,
    /// Elastic Container Service.
    pub ecs: aws_sdk_ecs::Client,
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
    /// EventBridge Scheduler.
    pub scheduler: aws_sdk_scheduler::Client,
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

/// What data sources said, by type and question.
type Answers = Mutex<BTreeMap<(String, Value), Arc<OnceCell<Value>>>>;

/// Tries of calls that can be repeated safely. A create without an idempotency token goes through
/// [`once!`](crate::once) and is not retried.
const MAX_ATTEMPTS: u32 = 8;

impl Aws {
    /// Makes the clients. Makes no call but those that finding credentials takes. `in_flight` is how many
    /// requests may be under way at once.
    pub async fn connect(access: &Access, in_flight: usize, log: CallLog) -> Result<Aws, Failure> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let http = SharedHttpClient::new(InFlight::new(SharedHttpClient::new(Patience::new(http, PATIENCE)), in_flight));
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(Duration::from_millis(200)))
            .timeout_config(TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(Duration::from_secs(60)).build());
        if let Some(region) = &access.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let files = profile_files(access);
        if let Some(files) = &files {
            loader = loader.profile_files(files.clone());
        }
        if let Some(profile) = &access.profile {
            // A profile that the configuration names counts more than the credentials of the environment.
            let region = access.region.clone().map(Region::new);
            let base = ProviderConfig::without_region().with_http_client(http).with_region(region);
            let mut credentials = ProfileFileCredentialsProvider::builder().configure(&base).profile_name(profile);
            if let Some(files) = files {
                credentials = credentials.profile_files(files);
            }
            loader = loader.profile_name(profile).credentials_provider(credentials.build());
        }
        let mut config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Failure::new(
                FailureKind::Invalid,
                "no AWS region is set: set `region` in the provider block or in cairn.toml, or the environment variable AWS_REGION",
            ));
        };
        if let Some(role) = &access.assume_role {
            let sts = access.endpoints.get("sts").cloned().or(config.endpoint_url().map(str::to_string));
            let mut base = config.clone().into_builder();
            base.set_endpoint_url(sts);
            let mut provider = aws_config::sts::AssumeRoleProvider::builder(&role.role_arn)
                .configure(&base.build())
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
        Ok(Aws::from_config(access, region, log, &config))
    }

    fn from_config(access: &Access, region: String, log: CallLog, config: &SdkConfig) -> Aws {
        macro_rules! builder {
            ($sdk:ident, $service:literal) => {{
                let builder = $sdk::config::Builder::from(config).interceptor(log.clone());
                match access.endpoints.get($service) {
                    Some(url) => builder.endpoint_url(url),
                    None => builder,
                }
            }};
        }
        macro_rules! client {
            ($sdk:ident, $service:literal) => {
                $sdk::Client::from_conf(builder!($sdk, $service).build())
            };
        }
        // Bucket names as host names need wildcard DNS, which an endpoint of one's own does not have.
        let own_endpoint = config.endpoint_url().is_some() || access.endpoints.contains_key("s3");
        let s3 = builder!(aws_sdk_s3, "s3").force_path_style(own_endpoint).build();
        Aws {
            region,
            trail: tokio::sync::Mutex::default(),
            caller: OnceCell::new(),
            answers: None,
            acm: client!(aws_sdk_acm, "acm"),
            autoscaling: client!(aws_sdk_autoscaling, "autoscaling"),
            cloudtrail: client!(aws_sdk_cloudtrail, "cloudtrail"),
            cloudwatch: client!(aws_sdk_cloudwatch, "cloudwatch"),
            logs: client!(aws_sdk_cloudwatchlogs, "logs"),
            ec2: client!(aws_sdk_ec2, "ec2"),
            ecs: client!(aws_sdk_ecs, "ecs"),
            elbv2: client!(aws_sdk_elasticloadbalancingv2, "elbv2"),
            iam: client!(aws_sdk_iam, "iam"),
            kms: client!(aws_sdk_kms, "kms"),
            rds: client!(aws_sdk_rds, "rds"),
            tagging: client!(aws_sdk_resourcegroupstagging, "resourcegroupstaggingapi"),
            s3: aws_sdk_s3::Client::from_conf(s3),
            scheduler: client!(aws_sdk_scheduler, "scheduler"),
            shield: client!(aws_sdk_shield, "shield"),
            sns: client!(aws_sdk_sns, "sns"),
            ssm: client!(aws_sdk_ssm, "ssm"),
            sts: client!(aws_sdk_sts, "sts"),
            wafv2: client!(aws_sdk_wafv2, "wafv2"),
            log,
        }
    }

    /// The same, remembering what data sources say.
    pub fn keeping_answers(self) -> Aws {
        Aws { answers: Some(Answers::default()), ..self }
    }

    /// What a data source says to a question: what it said before, where answers are kept. Failures are not.
    pub async fn answer<F>(&self, type_name: &str, question: &Value, ask: impl FnOnce() -> F) -> Result<Value, Failure>
    where
        F: Future<Output = Result<Value, Failure>>,
    {
        let Some(answers) = &self.answers else { return ask().await };
        let key = (type_name.to_string(), question.clone());
        let cell = answers.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        cell.get_or_try_init(ask).await.cloned()
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

/// The shared files that the SDK looks into; nothing for its own choice.
fn profile_files(access: &Access) -> Option<EnvConfigFiles> {
    let (config, credentials) = (&access.shared_config_files, &access.shared_credentials_files);
    if config.is_empty() && credentials.is_empty() {
        return None;
    }
    let mut files = EnvConfigFiles::builder().include_default_config_file(config.is_empty());
    files = files.include_default_credentials_file(credentials.is_empty());
    for (kind, paths) in [(EnvConfigFileKind::Config, config), (EnvConfigFileKind::Credentials, credentials)] {
        for path in paths {
            files = files.with_file(kind, at_home(path));
        }
    }
    Some(files.build())
}

/// A path whose `~` stands for the user's folder.
fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
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
