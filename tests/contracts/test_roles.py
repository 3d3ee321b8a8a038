"""Role numbers: the contracts' own and those the deploy script hands out."""

import re
from pathlib import Path

from scripts.brownie.deploy import ROLES

ROLES_SOURCE = Path(__file__).parents[2] / "contracts" / "types" / "Roles.sol"


def test_roles__deploy_script__hands_out_the_numbers_of_the_contracts():
    declared = re.findall(r"uint64 internal constant (\w+) = (\d+);", ROLES_SOURCE.read_text("utf-8"))

    assert {name: int(number) for name, number in declared} == ROLES
