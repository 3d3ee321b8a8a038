"""Coverage is read as forge writes it, and what is missed is named by line."""

from __future__ import annotations

from scripts.coverage import ranges, read_lcov, share

LCOV = """\
TN:
SF:contracts/Treasury.sol
DA:10,5
DA:11,0
DA:12,0
DA:12,3
BRDA:10,0,0,5
BRDA:10,0,1,-
BRDA:12,1,0,0
end_of_record
SF:contracts/libraries/PolicyIds.sol
DA:3,1
end_of_record
"""


def test_read_lcov__two_files__lines_and_branches_of_each() -> None:
    first, second = read_lcov(LCOV)

    assert first.path == "contracts/Treasury.sol"
    assert first.lines == {10: True, 11: False, 12: True}
    assert first.branches == {(10, 0, 0): True, (10, 0, 1): False, (12, 1, 0): False}
    assert first.missed() == [10, 11, 12]
    assert second.missed() == []


def test_share__lines_and_branches__reached_of_all() -> None:
    files = read_lcov(LCOV)

    assert share(files, "lines") == (3, 4)
    assert share(files, "branches") == (1, 3)


def test_ranges__lines_in_a_row__joined() -> None:
    assert ranges([3, 7, 8, 9, 12]) == "3, 7-9, 12"
    assert ranges([]) == ""
