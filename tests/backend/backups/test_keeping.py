"""Back-ups are whole or not there, made on their schedule, and let go when they are old."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from backend.backups import store
from backend.backups.errors import BackupFailed
from backend.backups.keeper import AGAIN_SECONDS, Keeper
from backend.backups.making import Maker
from backend.backups.store import Checked, note_checked
from tests.backend.backups.room import HOUR, Clock
from tests.backend.vault_room import DAY, START


@pytest.mark.parametrize("script", ["exit 3", 'head -c 100000 /dev/zero; echo "connection lost" >&2; exit 1'])
def test_make__pg_dump_fails__nothing_is_left_and_the_reason_is_said(maker: Maker, tmp_path: Path, script: str) -> None:
    broken = tmp_path / "programs"
    broken.mkdir()
    (broken / "pg_dump").write_text(f"#!/bin/sh\n{script}\n")
    (broken / "pg_dump").chmod(0o755)

    with pytest.raises(BackupFailed, match="pg_dump ended with"):
        replace(maker, programs=broken).make()
    assert list(maker.folder.iterdir()) == []


def test_make__no_programs__says_which_setting(maker: Maker, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="QUITTANCE_POSTGRES_PROGRAMS"):
        replace(maker, programs=tmp_path / "nowhere").make()


def test_make__folder_cannot_be_written__says_so(maker: Maker, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(BackupFailed, match="Make room, or set QUITTANCE_BACKUP_FOLDER"):
        replace(maker, folder=tmp_path / "file" / "below").make()


def test_step__newest_old_enough__makes_one_and_none_before(maker: Maker, clock: Clock) -> None:
    keeper = Keeper(maker, hours=24, keep_days=35)

    steps = []
    for at in (0, 1, 24 * HOUR - 1, 24 * HOUR, 24 * HOUR + 1):
        clock.now = START + at
        steps.append(keeper.step())

    assert steps == [False, True, True, False, True]
    assert [each.manifest.made_at for each in store.kept(maker.folder)] == [START, START + 24 * HOUR]


def test_step__restarted__knows_the_newest_from_the_folder(maker: Maker, clock: Clock) -> None:
    Keeper(maker, hours=24, keep_days=35).step()
    clock.now += HOUR

    assert Keeper(maker, hours=24, keep_days=35).step()


def test_step__one_made_while_the_clock_was_wrong__stands_for_none_made_since(maker: Maker, clock: Clock) -> None:
    clock.now = START + 3_650 * DAY
    wrong = maker.make()
    clock.now = START
    keeper = Keeper(maker, hours=24, keep_days=1)

    steps = []
    for day in (0, 0, 1, 3):
        clock.now = START + day * DAY
        steps.append(keeper.step())

    assert steps == [False, True, False, False]
    assert [each.manifest.made_at for each in store.kept(maker.folder)][:-1] == [START + 3 * DAY]
    assert store.kept(maker.folder)[-1].folder == wrong


def test_step__failed__tried_again_later_and_not_at_once(maker: Maker, clock: Clock, tmp_path: Path) -> None:
    keeper = Keeper(replace(maker, programs=tmp_path / "nowhere"), hours=24, keep_days=35)

    with pytest.raises(BackupFailed):
        keeper.step()
    clock.now += AGAIN_SECONDS - 1
    assert keeper.step()
    clock.now += 1
    with pytest.raises(BackupFailed):
        keeper.step()


def test_prune__old_ones__go_but_the_newest_and_the_newest_checked_stay(maker: Maker, clock: Clock) -> None:
    made = []
    for day in range(5):
        clock.now = START + day * DAY
        made.append(maker.make())
    note_checked(made[0], Checked(START, 1, 1, 1))
    note_checked(made[1], Checked(START, 1, 1, 1))

    gone = store.prune(maker.folder, START + 100 * DAY, keep_days=35)

    assert gone == sorted(path.name for path in (made[0], made[2], made[3]))
    assert [each.folder for each in store.kept(maker.folder)] == [made[1], made[4]]


def test_prune__left_half_done__goes_after_a_day(maker: Maker) -> None:
    partial = maker.folder / "20260101T000000Z-abcdef.partial"
    partial.mkdir(parents=True)
    os.utime(partial, (START, START))

    assert store.prune(maker.folder, START + DAY, keep_days=1) == []
    assert store.prune(maker.folder, START + DAY + 1, keep_days=1) == [partial.name]
