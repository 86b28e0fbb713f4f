"""An apply is killed at instants spread over its run; the next one finds all that was made."""

import collections
import random
import time

from conftest import World

WAY = "--workspace=dev"
INSTANTS = 20


def addresses(world):
    """How often each address is marked in EC2, corpses left out."""
    ec2 = world.client("ec2")
    kinds = {
        "vpcs": ec2.describe_vpcs()["Vpcs"],
        "subnets": ec2.describe_subnets()["Subnets"],
        "gateways": ec2.describe_internet_gateways()["InternetGateways"],
        "addresses": ec2.describe_addresses()["Addresses"],
        "nat": [n for n in ec2.describe_nat_gateways()["NatGateways"] if n["State"] not in ("deleted", "deleting", "failed")],
        "tables": ec2.describe_route_tables()["RouteTables"],
        "groups": ec2.describe_security_groups()["SecurityGroups"],
        "rules": ec2.describe_security_group_rules()["SecurityGroupRules"],
        "endpoints": ec2.describe_vpc_endpoints()["VpcEndpoints"],
        "templates": ec2.describe_launch_templates()["LaunchTemplates"],
    }
    tags = (tag for kind in kinds.values() for thing in kind for tag in thing.get("Tags", []))
    return collections.Counter(tag["Value"] for tag in tags if tag["Key"] == "cairn:address")


def test_killed_at_twenty_instants(world, moodle):
    began = time.monotonic()
    world.cairn(moodle, WAY, "apply", "-auto-approve")
    length = time.monotonic() - began
    whole = addresses(world)
    assert set(whole.values()) == {1}
    killed = 0
    for i in range(INSTANTS):
        fresh = World(str(random.randrange(10**11, 10**12)))
        with open(moodle / "log", "w") as log:
            run = fresh.start(moodle, WAY, "apply", "-auto-approve", stdout=log, stderr=log)
        time.sleep(length * (i + 0.5) / INSTANTS)
        killed += run.poll() is None
        run.kill()
        run.wait()
        fresh.cairn(moodle, WAY, "apply", "-auto-approve")
        fresh.settled(moodle, WAY)
        assert addresses(fresh) == whole, f"after a kill at {i + 1} of {INSTANTS}"
        assert len(fresh.marked()) == len(world.marked())
    assert killed >= INSTANTS * 3 // 4, f"only {killed} of {INSTANTS} runs were still going when they were killed"
