"""Where tests keep what may be lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import memory_folder as subject


def test_memory_folder__not_there__none(tmp_path: Path) -> None:
    assert subject.memory_folder(tmp_path / "absent") is None


def test_memory_folder__too_little_room__none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LEAST_BYTES", 1 << 62)

    assert subject.memory_folder(tmp_path) is None


def test_memory_folder__room_enough__is_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LEAST_BYTES", 1)

    assert subject.memory_folder(tmp_path) == tmp_path
