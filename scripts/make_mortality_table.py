"""Writes `oracle/risk/tables/actuarial/china-life.yaml` from the published tables."""

import argparse
from pathlib import Path

from oracle.risk.actuarial.published import TABLE, table_text
from oracle.risk.codes import TABLES


def main() -> None:
    """Write the file, or another one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=TABLES / "actuarial" / f"{TABLE}.yaml", help="File to write.")
    arguments = parser.parse_args()
    arguments.out.write_text(table_text(), "utf-8")


if __name__ == "__main__":
    main()
