from pathlib import Path

import pytest

from oracle.risk.table_files import LOCK, TableInvalid, check_locked, lock_tables, read_lock, read_table
from oracle.risk.tables import load_tables, lock_all
from tests.oracle.risk.subjects import copy_tables

TABLE = "table: prices\nversion: '1'\nrows: [1, 2]\n"


def written(folder: Path, text: str, name: str = "prices") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def test_hash__comments_and_order_differ__is_the_same(tmp_path: Path) -> None:
    plain = read_table(written(tmp_path, TABLE))
    other = read_table(written(tmp_path, "# why\nrows:\n  - 1\n  - 2 # two\nversion: '1'\ntable: prices\n"))

    assert other.hash == plain.hash


def test_hash__a_number_differs__differs(tmp_path: Path) -> None:
    plain = read_table(written(tmp_path, TABLE))

    assert read_table(written(tmp_path, TABLE.replace("2]", "3]"))).hash != plain.hash


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (TABLE + "rows: [3]\n", "rows"),
        (TABLE.replace("[1, 2]", "[1.5]"), "$.rows[0]"),
        (TABLE.replace("prices", "costs"), "prices.table"),
        (TABLE.replace("version: '1'\n", ""), "prices.version"),
        (TABLE.replace("'1'", "1"), "prices.version"),
        ("table: [", "prices.yaml"),
        ("- table\n", "prices"),
    ],
)
def test_read_table__malformed__names_the_field(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(Exception, match="is ") as caught:
        read_table(written(tmp_path, text))

    assert getattr(caught.value, "field") == field  # noqa: B009 - TableInvalid or AmountInvalid, both have it


def test_read_table__no_file__is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableInvalid, match="cannot be read"):
        read_table(tmp_path / "prices.yaml")


def test_read_table__larger_than_a_megabyte__is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableInvalid, match="exceeds"):
        read_table(written(tmp_path, TABLE + "#" * 1_000_001))


def test_check_locked__changed_without_a_new_version__is_refused(tmp_path: Path) -> None:
    written(tmp_path, TABLE)
    lock_tables(tmp_path, ("prices",))
    changed = read_table(written(tmp_path, TABLE.replace("2]", "3]")))

    with pytest.raises(TableInvalid, match="Give the changed table a new version") as caught:
        check_locked(changed, read_lock(tmp_path))

    assert caught.value.field == "prices.version"


def test_check_locked__version_never_locked__is_refused(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, TABLE))

    with pytest.raises(TableInvalid, match="not in the lock"):
        check_locked(table, {"prices": {"0": "0x00"}})


def test_lock_tables__new_version__is_added_and_the_old_one_kept(tmp_path: Path) -> None:
    written(tmp_path, TABLE)
    assert lock_tables(tmp_path, ("prices",)) == ("prices 1",)
    first = read_lock(tmp_path)["prices"]["1"]
    second = read_table(written(tmp_path, TABLE.replace("2]", "3]").replace("'1'", "'2'")))

    assert lock_tables(tmp_path, ("prices",)) == ("prices 2",)
    assert read_lock(tmp_path) == {"prices": {"1": first, "2": f"0x{second.hash.hex()}"}}
    assert lock_tables(tmp_path, ("prices",)) == ()


def test_lock_tables__changed_under_an_old_version__leaves_the_lock_as_it_was(tmp_path: Path) -> None:
    written(tmp_path, TABLE)
    lock_tables(tmp_path, ("prices",))
    before = (tmp_path / LOCK).read_bytes()
    written(tmp_path, TABLE.replace("2]", "3]"))

    with pytest.raises(TableInvalid):
        lock_tables(tmp_path, ("prices",))

    assert (tmp_path / LOCK).read_bytes() == before


def test_load_tables__as_committed__agree_with_their_lock() -> None:
    assert set(load_tables().lines)


@pytest.mark.parametrize("name", ["life", "motor", "occupations", "illnesses", "texts"])
def test_load_tables__a_word_changed_without_a_new_version__are_refused(tmp_path: Path, name: str) -> None:
    path = copy_tables(tmp_path) / f"{name}.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace(" en: ", " en: new ", 1), "utf-8")

    with pytest.raises(TableInvalid, match="Give the changed table a new version"):
        load_tables(tmp_path)


def test_load_tables__changed_with_a_new_version_and_locked__are_taken_with_another_hash(tmp_path: Path) -> None:
    path = copy_tables(tmp_path) / "life.yaml"
    text = path.read_text("utf-8").replace("loading_bps: 2000", "loading_bps: 2500").replace("12000", "12500")
    path.write_text(text.replace('version: "4"', 'version: "99"'), "utf-8")

    assert lock_all(tmp_path) == ("life 99",)
    assert load_tables(tmp_path).hash != load_tables().hash
