"""Launch templates: a new version from outside holds what the newest one holds, but for one thing."""

import datetime

from .matrix import case, cases, tagging

WHOLE = "aws_launch_template.whole"


def edit(aws, values, change):
    ec2 = aws.client("ec2")
    newest = ec2.describe_launch_template_versions(LaunchTemplateId=values["id"], Versions=["$Latest"])["LaunchTemplateVersions"][0]
    data = {"VersionDescription": newest.get("VersionDescription"), **newest["LaunchTemplateData"]}
    change(data)
    description = {k: v for k in ["VersionDescription"] if (v := data.pop(k, None))}
    ec2.create_launch_template_version(LaunchTemplateId=values["id"], LaunchTemplateData=data, **description)


def tag(aws, values, key, value):
    aws.client("ec2").create_tags(Resources=[values["id"]], Tags=[{"Key": key, "Value": value}])


@case("aws_launch_template.default", "default_version")
def make_default(aws, values):
    """A version of the same content, made the default one."""
    edit(aws, values, lambda data: None)
    aws.client("ec2").modify_launch_template(LaunchTemplateId=values["id"], DefaultVersion="2")


EBS, SPOT, NIC = "BlockDeviceMappings.Ebs", "InstanceMarketOptions.SpotOptions", "NetworkInterfaces"

CASES = [
    tagging(WHOLE, tag),
    make_default,
    *cases(
        WHOLE,
        edit,
        {
            "description": ("VersionDescription", "By hand"),
            "image_id": "ami-87654321",
            "instance_type": "t3.nano",
            "key_name": "by-hand",
            "kernel_id": "aki-11111111",
            "ram_disk_id": "ari-11111111",
            "user_data": "ZWNobyBieSBoYW5k",
            "vpc_security_group_ids": ("SecurityGroupIds", ["sg-22222222"]),
            "security_group_names": ("SecurityGroups", ["by-hand"]),
            "ebs_optimized": True,
            "disable_api_stop": True,
            "disable_api_termination": True,
            "instance_initiated_shutdown_behavior": "terminate",
            "block_device_mappings.device_name": "/dev/sda1",
            "block_device_mappings.no_device": "",
            "block_device_mappings.virtual_name": "ephemeral0",
            "block_device_mappings.ebs.delete_on_termination": (f"{EBS}.DeleteOnTermination", False),
            "block_device_mappings.ebs.encrypted": (f"{EBS}.Encrypted", False),
            "block_device_mappings.ebs.iops": (f"{EBS}.Iops", 4000),
            "block_device_mappings.ebs.kms_key_id": (f"{EBS}.KmsKeyId", "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111"),
            "block_device_mappings.ebs.snapshot_id": (f"{EBS}.SnapshotId", "snap-11111111"),
            "block_device_mappings.ebs.throughput": (f"{EBS}.Throughput", 250),
            "block_device_mappings.ebs.volume_initialization_rate": (f"{EBS}.VolumeInitializationRate", 200),
            "block_device_mappings.ebs.volume_size": (f"{EBS}.VolumeSize", 40),
            "block_device_mappings.ebs.volume_type": (f"{EBS}.VolumeType", "gp2"),
            "capacity_reservation_specification.capacity_reservation_preference": "none",
            "cpu_options.amd_sev_snp": "enabled",
            "cpu_options.core_count": 4,
            "cpu_options.threads_per_core": 1,
            "credit_specification.cpu_credits": "unlimited",
            "enclave_options.enabled": True,
            "hibernation_options.configured": True,
            "iam_instance_profile.arn": "arn:aws:iam::123456789012:instance-profile/by-hand",
            "iam_instance_profile.name": "by-hand",
            "instance_market_options.market_type": "capacity-block",
            "instance_market_options.spot_options.block_duration_minutes": (f"{SPOT}.BlockDurationMinutes", 60),
            "instance_market_options.spot_options.instance_interruption_behavior": (f"{SPOT}.InstanceInterruptionBehavior", "stop"),
            "instance_market_options.spot_options.max_price": (f"{SPOT}.MaxPrice", "0.02"),
            "instance_market_options.spot_options.spot_instance_type": (f"{SPOT}.SpotInstanceType", "persistent"),
            "instance_market_options.spot_options.valid_until": (f"{SPOT}.ValidUntil", datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)),
            "maintenance_options.auto_recovery": "disabled",
            "metadata_options.http_endpoint": "disabled",
            "metadata_options.http_protocol_ipv6": "enabled",
            "metadata_options.http_put_response_hop_limit": 2,
            "metadata_options.http_tokens": "optional",
            "metadata_options.instance_metadata_tags": "enabled",
            "monitoring.enabled": True,
            "network_interfaces.associate_public_ip_address": True,
            "network_interfaces.delete_on_termination": True,
            "network_interfaces.description": "By hand",
            "network_interfaces.device_index": 1,
            "network_interfaces.interface_type": "efa",
            "network_interfaces.ipv4_address_count": (f"{NIC}.SecondaryPrivateIpAddressCount", 2),
            "network_interfaces.ipv4_addresses": (f"{NIC}.PrivateIpAddresses", [{"PrivateIpAddress": "10.0.0.9", "Primary": False}]),
            "network_interfaces.ipv6_address_count": (f"{NIC}.Ipv6AddressCount", 2),
            "network_interfaces.ipv6_addresses": (f"{NIC}.Ipv6Addresses", [{"Ipv6Address": "2001:db8::9"}]),
            "network_interfaces.network_card_index": 1,
            "network_interfaces.network_interface_id": "eni-11111111",
            "network_interfaces.private_ip_address": "10.0.0.8",
            "network_interfaces.security_groups": (f"{NIC}.Groups", ["sg-22222222"]),
            "network_interfaces.subnet_id": "subnet-22222222",
            "placement.affinity": "host",
            "placement.availability_zone": "us-east-1b",
            "placement.group_name": "by-hand",
            "placement.host_id": "h-11111111111111111",
            "placement.host_resource_group_arn": "arn:aws:resource-groups:us-east-1:123456789012:group/by-hand",
            "placement.partition_number": 2,
            "placement.spread_domain": "by-hand",
            "placement.tenancy": "dedicated",
            "private_dns_name_options.enable_resource_name_dns_a_record": ("PrivateDnsNameOptions.EnableResourceNameDnsARecord", True),
            "private_dns_name_options.enable_resource_name_dns_aaaa_record": ("PrivateDnsNameOptions.EnableResourceNameDnsAAAARecord", True),
            "private_dns_name_options.hostname_type": "resource-name",
            "tag_specifications.resource_type": "volume",
            "tag_specifications.tags": ("TagSpecifications.Tags", [{"Key": "Name", "Value": "by hand"}]),
        },
    ),
    *cases(
        "aws_launch_template.reserved",
        edit,
        {
            "capacity_reservation_specification.capacity_reservation_target.capacity_reservation_id": "cr-22222222222222222",
            "capacity_reservation_specification.capacity_reservation_target.capacity_reservation_resource_group_arn": "arn:aws:resource-groups:us-east-1:123456789012:group/by-hand",
        },
    ),
]
