"""An apply is killed at instants spread over its run; the next one finds all that was made."""

import collections
import random
import subprocess
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


def lines(log):
    return log.read_bytes().count(b"\n")


def test_killed_at_twenty_instants(world, moodle, capsys):
    log = moodle / "log"

    def start(world):
        with open(log, "w") as file:
            return world.start(moodle, WAY, "apply", "-auto-approve", stdout=subprocess.DEVNULL, stderr=file)

    assert start(world).wait() == 0, log.read_text()
    length = lines(log)
    whole, marked = addresses(world), len(world.marked())
    assert set(whole.values()) == {1}
    killed = 0
    for i in range(INSTANTS):
        fresh = World(str(random.randrange(10**11, 10**12)))
        run = start(fresh)
        # An instant of the run is told by how much of its progress is written, whatever the machine's speed.
        while run.poll() is None and lines(log) < length * i // INSTANTS:
            time.sleep(0.002)
        killed += run.poll() is None
        run.kill()
        run.wait()
        fresh.cairn(moodle, WAY, "apply", "-auto-approve")
        fresh.settled(moodle, WAY)
        assert addresses(fresh) == whole, f"after a kill at {i + 1} of {INSTANTS}"
        assert len(fresh.marked()) == marked
    with capsys.disabled():
        print(f" {killed} of {INSTANTS} runs were still going when they were killed ", end="")
    assert killed >= INSTANTS * 3 // 4, f"only {killed} of {INSTANTS} runs were still going when they were killed"
