//! The blocks of a task definition.

use crate::wire::wire;
use aws_sdk_ecs::types;
use cairn_derive::Model;
use cairn_engine::Failure;
use cairn_model::check::{arn, port};
use cairn_model::{between, one_of};
use std::collections::BTreeMap;

wire! {
    /// Storage of a Fargate task that goes with it.
    EphemeralStorage => plain EphemeralStorage {
        /// Size in GiB.
        #[attr(required, force_new, check = between!(21, 200))]
        size_in_gib: i32 => plain size_in_gib set_size_in_gib,
    }
}

wire! {
    /// A rule on where tasks run; not on Fargate.
    PlacementConstraint => plain TaskDefinitionPlacementConstraint {
        /// `memberOf`.
        #[attr(required, force_new, check = one_of!("memberOf"))]
        r#type: String => (text_or "") r#type set_type,
        /// Expression in the cluster query language.
        #[attr(optional, force_new)]
        expression: Option<String> => text_opt expression set_expression,
    }
}

wire! {
    /// What a task runs on.
    RuntimePlatform => plain RuntimePlatform {
        /// `X86_64` or `ARM64`.
        #[attr(optional, force_new, check = one_of!("X86_64", "ARM64"))]
        cpu_architecture: Option<String> => text_opt cpu_architecture set_cpu_architecture,
        /// `LINUX`, or a Windows Server such as `WINDOWS_SERVER_2022_CORE`.
        #[attr(optional, force_new)]
        operating_system_family: Option<String> => text_opt operating_system_family set_operating_system_family,
    }
}

/// A proxy of App Mesh.
#[derive(Model, Clone, Debug, PartialEq)]
pub struct ProxyConfiguration {
    /// The container that is the proxy.
    #[attr(required, force_new)]
    pub container_name: String,
    /// `APPMESH`.
    #[attr(default = "APPMESH", force_new, check = one_of!("APPMESH"))]
    pub r#type: String,
    /// What the CNI plug-in is told.
    #[attr(optional, force_new)]
    pub properties: BTreeMap<String, String>,
}

impl ProxyConfiguration {
    /// As the SDK wants it.
    pub fn send(&self) -> Result<types::ProxyConfiguration, Failure> {
        let properties = self.properties.iter().map(|(k, v)| types::KeyValuePair::builder().name(k).value(v).build()).collect();
        let builder = types::ProxyConfiguration::builder().r#type(self.r#type.as_str().into()).container_name(&self.container_name);
        builder.set_properties(Some(properties)).build().map_err(crate::wire::unbuilt)
    }

    /// From what AWS gave.
    pub fn take(sdk: &types::ProxyConfiguration) -> ProxyConfiguration {
        ProxyConfiguration {
            container_name: sdk.container_name.clone(),
            r#type: sdk.r#type.as_ref().map_or("APPMESH", |t| t.as_str()).to_string(),
            properties: sdk.properties().iter().filter_map(|p| Some((p.name.clone()?, p.value.clone().unwrap_or_default()))).collect(),
        }
    }
}

/// A volume.
#[derive(Model, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Volume {
    /// Name that mount points refer to.
    #[attr(required, force_new)]
    pub name: String,
    /// Path on the host; not on Fargate.
    #[attr(optional, force_new)]
    pub host_path: Option<String>,
    /// The task or service that uses it says what it is.
    #[attr(optional, computed, force_new)]
    pub configure_at_launch: Option<bool>,
    /// A Docker volume; not on Fargate.
    #[block(force_new)]
    pub docker_volume_configuration: Option<DockerVolume>,
    /// A file system in EFS.
    #[block(force_new)]
    pub efs_volume_configuration: Option<EfsVolume>,
    /// A file system in FSx for Windows.
    #[block(force_new)]
    pub fsx_windows_file_server_volume_configuration: Option<FsxVolume>,
}

impl crate::wire::Wire for Volume {
    type Sdk = types::Volume;

    fn send(&self) -> Result<types::Volume, Failure> {
        let host = self.host_path.as_ref().map(|path| types::HostVolumeProperties::builder().source_path(path).build());
        Ok(types::Volume::builder()
            .name(&self.name)
            .set_host(host)
            .set_configured_at_launch(self.configure_at_launch)
            .set_docker_volume_configuration(crate::wire::put!(one self.docker_volume_configuration))
            .set_efs_volume_configuration(crate::wire::put!(one self.efs_volume_configuration))
            .set_fsx_windows_file_server_volume_configuration(crate::wire::put!(one self.fsx_windows_file_server_volume_configuration))
            .build())
    }

    fn take(sdk: &types::Volume) -> Volume {
        Volume {
            name: sdk.name.clone().unwrap_or_default(),
            host_path: sdk.host.as_ref().and_then(|h| h.source_path.clone()).filter(|p| !p.is_empty()),
            configure_at_launch: sdk.configured_at_launch,
            docker_volume_configuration: crate::wire::got!(one sdk.docker_volume_configuration),
            efs_volume_configuration: crate::wire::got!(one sdk.efs_volume_configuration),
            fsx_windows_file_server_volume_configuration: crate::wire::got!(one sdk.fsx_windows_file_server_volume_configuration),
        }
    }
}

wire! {
    /// A Docker volume.
    DockerVolume => plain DockerVolumeConfiguration {
        /// Make it where it is not there; for `shared` ones.
        #[attr(optional, force_new)]
        autoprovision: Option<bool> => same autoprovision set_autoprovision,
        /// Driver.
        #[attr(optional, computed, force_new)]
        driver: Option<String> => text_opt driver set_driver,
        /// Options of the driver.
        #[attr(optional, force_new)]
        driver_opts: BTreeMap<String, String> => map driver_opts set_driver_opts,
        /// Labels.
        #[attr(optional, force_new)]
        labels: BTreeMap<String, String> => map labels set_labels,
        /// `task` or `shared`.
        #[attr(optional, computed, force_new, check = one_of!("task", "shared"))]
        scope: Option<String> => text_opt scope set_scope,
    }
}

wire! {
    /// A file system in EFS.
    EfsVolume => try EfsVolumeConfiguration {
        /// The file system.
        #[attr(required, force_new)]
        file_system_id: String => text file_system_id set_file_system_id,
        /// Folder in it.
        #[attr(default = "/", force_new)]
        root_directory: String => (text_or "/") root_directory set_root_directory,
        /// `ENABLED` or `DISABLED`.
        #[attr(optional, force_new, check = one_of!("ENABLED", "DISABLED"))]
        transit_encryption: Option<String> => text_opt transit_encryption set_transit_encryption,
        /// Port of the encrypted traffic.
        #[attr(optional, force_new, check = port)]
        transit_encryption_port: Option<i32> => same transit_encryption_port set_transit_encryption_port,
        /// Who may use it.
        #[block(force_new)]
        authorization_config: Option<EfsAuthorization> => one authorization_config set_authorization_config,
    }
}

wire! {
    /// Who may use a file system in EFS.
    EfsAuthorization => plain EfsAuthorizationConfig {
        /// Access point; the folder is its own then.
        #[attr(optional, force_new)]
        access_point_id: Option<String> => text_opt access_point_id set_access_point_id,
        /// The task's role counts: `ENABLED` or `DISABLED`.
        #[attr(optional, force_new, check = one_of!("ENABLED", "DISABLED"))]
        iam: Option<String> => text_opt iam set_iam,
    }
}

wire! {
    /// A file system in FSx for Windows.
    FsxVolume => try FSxWindowsFileServerVolumeConfiguration {
        /// The file system.
        #[attr(required, force_new)]
        file_system_id: String => text file_system_id set_file_system_id,
        /// Folder in it.
        #[attr(required, force_new)]
        root_directory: String => text root_directory set_root_directory,
        /// Who may use it.
        #[block(required, force_new)]
        authorization_config: Option<FsxAuthorization> => one authorization_config set_authorization_config,
    }
}

wire! {
    /// Who may use a file system in FSx.
    FsxAuthorization => try FSxWindowsFileServerAuthorizationConfig {
        /// ARN of the secret or parameter with name and password.
        #[attr(required, force_new, check = arn)]
        credentials_parameter: String => text credentials_parameter set_credentials_parameter,
        /// Domain of the Active Directory.
        #[attr(required, force_new)]
        domain: String => text domain set_domain,
    }
}
