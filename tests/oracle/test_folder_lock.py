"""One process to a state folder, whatever became of the one before."""

import subprocess
import sys
from pathlib import Path

import pytest

from oracle.node.folder_lock import FolderUnusable, alone_in

HOLD = (
    "import sys, time; from pathlib import Path; from oracle.node.folder_lock import alone_in\n"
    "with alone_in(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"
)


def test_alone_in__held_by_another_process__refused_until_it_is_killed(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(FolderUnusable, match="used by another process: stop it"), alone_in(tmp_path):
            pass
    finally:
        other.kill()
        other.communicate()

    with alone_in(tmp_path):
        pass


def test_alone_in__used_and_let_go__can_be_used_again(tmp_path: Path) -> None:
    for _ in range(2):
        with alone_in(tmp_path / "made"), pytest.raises(FolderUnusable), alone_in(tmp_path / "made"):
            pass


def test_alone_in__a_file_in_its_place__named_with_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    with pytest.raises(FolderUnusable, match="--state"), alone_in(tmp_path / "file" / "state"):
        pass
