"""A sample of the random worlds; tests/random-worlds tries any number."""

import pytest
import random_worlds
from stacks import report, resources

WAY = "--workspace=dev"


@pytest.fixture
def applied(world, moodle):
    world.apply(moodle, WAY)
    return moodle


def test_drift_says_what_was_done(world, applied):
    for seed in (1, 2, 3, 4, 5):
        values = resources(world, applied, WAY)
        done = [change(world, values[address]) for address, change in random_worlds.changes(seed, values)]
        assert random_worlds.told(report(world, applied, WAY)) == set().union(*done), f"seed {seed}"
        world.apply(applied, WAY)
