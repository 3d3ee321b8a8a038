"""The command line: what it offers, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from eth_account import Account
from typer.testing import CliRunner

from ledger.deployment import Deployment
from scripts import cli
from scripts.anvil import give_gas_money, running_anvil
from scripts.machine import ROOT

PRODUCT = ROOT / "products" / "flight-delay.yaml"
INDEMNITY = ROOT / "products" / "hospital-care.yaml"


def quittance(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    command = [sys.executable, "-c", "from scripts.cli import main; main()", *arguments]
    environment = os.environ | {"COLUMNS": "200"} | environment
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


def test_main__no_arguments__lists_every_command() -> None:
    done = CliRunner().invoke(cli.app, ["--help"])

    assert done.exit_code == 0
    for name in ("demo", "up", "down", "product", "deploy", "verify", "oracle", "backend", "doctor", "figures"):
        assert name in done.output


def test_main__help__imports_no_room() -> None:
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom scripts import cli\n"
        "CliRunner().invoke(cli.app, ['--help'])\n"
        "assert not {'oracle', 'backend', 'ledger', 'sklearn', 'sqlalchemy'} & set(sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stderr == ""


def test_product_check__shipped_product__valid_with_hashes() -> None:
    done = quittance("product", "check", str(PRODUCT))

    assert done.returncode == 0
    assert "flight-delay version 1" in done.stdout
    assert "clause root    0x" in done.stdout
    assert "document hash  0x" in done.stdout


def test_product_show__chinese__clauses_with_numbers_filled_in() -> None:
    done = quittance("product", "show", str(PRODUCT), "--language", "zh")

    assert done.returncode == 0
    assert "航班延误保险" in done.stdout
    assert "{" not in done.stdout


def test_product_check__indemnity_product__names_what_has_numbers_on_chain() -> None:
    done = quittance("product", "check", str(INDEMNITY))

    assert (done.returncode, done.stderr) == (0, "")
    assert "hospital-care version 1, 39 clauses in English and Chinese, valid." in done.stdout
    assert "perils         0 illness, 1 accident, 2 critical_illness, 3 childbirth" in done.stdout
    assert "coverages      0 hospital, 1 critical, 2 outpatient, 3 ambulance" in done.stdout
    assert "exclusions     0 stroke-from-hypertension, 1 hypertension-complications" in done.stdout
    assert "document hash  0x" in done.stdout


@pytest.mark.parametrize(
    ("language", "exclusion", "words", "reason"),
    [
        ("en", "exclusion: stroke-from-hypertension, bit 0, only if", "we pay 80 %", "The loss is not proven."),
        ("zh", "责任免除: stroke-from-hypertension, bit 0, 仅适用", "赔付80%", "损失缺乏证明。"),
    ],
)
def test_product_show__indemnity_product__clauses_exclusions_and_reasons(
    language: str, exclusion: str, words: str, reason: str
) -> None:
    done = quittance("product", "show", str(INDEMNITY), "--language", language)

    assert (done.returncode, done.stderr) == (0, "")
    for said in (exclusion, words, reason):
        assert said in done.stdout
    assert "{" not in done.stdout


def test_product_check__indemnity_term_out_of_range__names_its_place_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "product.yaml"
    text = INDEMNITY.read_text("utf-8")
    file.write_text(text.replace('deductible: "500.00"', 'deductible: "2000000.01"'), "utf-8")

    done = quittance("product", "check", str(file))

    assert done.returncode == 1
    assert done.stderr.startswith("quittance: coverages[0].deductible is '\"2000000.01\"': must be")


def test_product_check__no_such_file__one_sentence_with_remedy() -> None:
    done = quittance("product", "check", "nowhere.yaml")

    assert done.returncode == 1
    assert done.stderr.startswith("quittance: file is 'nowhere.yaml': there is no such file.")
    assert "Traceback" not in done.stderr


def test_product_check__term_out_of_range__names_field_and_value(tmp_path: Path) -> None:
    file = tmp_path / "product.yaml"
    text = PRODUCT.read_text("utf-8")
    file.write_text(text.replace("cancelled_share_bps: 5000", "cancelled_share_bps: 10001"), "utf-8")

    done = quittance("product", "check", str(file))

    assert done.returncode == 1
    assert "parameters.cancelled_share_bps" in done.stderr
    assert "10001" in done.stderr


def test_verify__no_deployment__says_where_it_looked(tmp_path: Path) -> None:
    done = quittance("verify", QUITTANCE_HOME=str(tmp_path))

    assert done.returncode == 1
    assert f"deployment file {tmp_path}/demo/deployment.json does not exist" in done.stderr


def test_verify__chain_does_not_answer__says_so(tmp_path: Path) -> None:
    file = tmp_path / "deployment.json"
    names = ("AccessManager", "OracleQuorum", "ParametricProduct", "ProductFactory", "TestStablecoin", "Treasury")
    contracts = {name: f"0x{number:040x}" for number, name in enumerate(names, start=1)}
    deployment = {"chain_id": 1, "block_number": 0, "block_hash": f"0x{0:064x}", "rpc_url": "http://127.0.0.1:9"}
    file.write_text(json.dumps(deployment | {"contracts": contracts, "products": []}), "utf-8")

    done = quittance("verify", "--deployment", str(file))

    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


def test_deploy__keystore_missing__names_the_file(tmp_path: Path) -> None:
    done = quittance(
        "deploy", "--rpc-url", "http://127.0.0.1:9", "--keystore", str(tmp_path / "key.json"),
        "--password-file", str(tmp_path / "password"), "--underwriter", "0x", "--guardian", "0x", "--signer", "0x",
        QUITTANCE_HOME=str(tmp_path),
    )  # fmt: skip

    assert done.returncode == 1
    assert f"{tmp_path}/key.json: no such file or directory" in done.stderr
    assert not (tmp_path / "deployment").exists()


def test_figures__unknown_set__lists_the_known_ones() -> None:
    done = quittance("figures", "nonsense")

    assert done.returncode == 1
    assert "no set of figures called 'nonsense'" in done.stderr


def test_main__unknown_command__exit_2() -> None:
    done = quittance("frobnicate")

    assert done.returncode == 2
    assert "No such command 'frobnicate'" in done.stderr


def test_load__room_not_installed__says_what_to_do() -> None:
    with pytest.raises(cli.CommandUnavailable, match=r"no_such_room is not installed.*run `make setup`"):
        cli.load("no_such_room", "app")


def test_load__attribute_missing__says_what_to_do() -> None:
    with pytest.raises(cli.CommandUnavailable, match=r"scripts\.machine has no app"):
        cli.load("scripts.machine", "app")


def test_mount__function__gets_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def greet(name: str, loud: bool = False) -> None:
        seen.append((name, loud))

    app = typer.Typer()
    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(cli, "load", lambda *_: greet)
    cli.mount("greet", "anywhere", "greet", "Say hello.")
    app.command("other")(lambda: None)

    done = CliRunner().invoke(app, ["greet", "Ann", "--loud"])

    assert (done.exit_code, seen) == (0, [("Ann", True)])


def test_sentence__error_of_ours__as_it_is() -> None:
    assert cli.sentence(cli.CommandUnavailable("x is not installed:\n run `make setup`")) == (
        "x is not installed: run `make setup`"
    )


def test_sentence__foreign_error__says_how_to_see_where() -> None:
    assert cli.sentence(ValueError("bad")) == "bad (ValueError; `--debug` shows where)"


def test_main__debug__shows_the_traceback() -> None:
    done = quittance("product", "check", "nowhere.yaml", "--debug")

    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_deploy__fresh_chain__verifies_and_is_not_repeated(tmp_path: Path) -> None:
    account = Account.create()
    keystore, password = tmp_path / "admin.json", tmp_path / "admin.password"
    sealed = Account.encrypt(account.key, "open sesame", kdf="pbkdf2", iterations=1_000)
    keystore.write_text(json.dumps(sealed), "utf-8")
    password.write_text("open sesame\n", "utf-8")
    parties = [Account.create().address for _ in range(6)]
    folder = tmp_path / "deployment"
    with running_anvil(timestamp=1_378_771_200) as rpc:
        give_gas_money(rpc, account.address, 10)
        arguments = [
            "deploy", "--rpc-url", rpc.url, "--keystore", str(keystore), "--password-file", str(password),
            "--underwriter", parties[0], "--guardian", parties[1], "--capital", "5000000", "--folder", str(folder),
            *(word for signer in parties[2:] for word in ("--signer", signer)),
        ]  # fmt: skip

        first = quittance(*arguments)
        height = rpc.block_number()
        second = quittance(*arguments)
        verified = quittance("verify", "--deployment", str(folder / "deployment.json"))

        assert (first.returncode, first.stderr) == (0, "")
        assert (second.returncode, second.stdout) == (0, first.stdout)
        assert rpc.block_number() == height
        assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
        assert "0 discrepancies" in verified.stdout


def test_deploy__another_product_later__stands_beside_the_first(tmp_path: Path) -> None:
    account = Account.create()
    keystore, password = tmp_path / "admin.json", tmp_path / "admin.password"
    sealed = Account.encrypt(account.key, "open sesame", kdf="pbkdf2", iterations=1_000)
    keystore.write_text(json.dumps(sealed), "utf-8")
    password.write_text("open sesame\n", "utf-8")
    parties = [Account.create().address for _ in range(6)]
    folder = tmp_path / "deployment"
    with running_anvil(timestamp=1_378_771_200) as rpc:
        give_gas_money(rpc, account.address, 10)
        arguments = [
            "deploy", "--rpc-url", rpc.url, "--keystore", str(keystore), "--password-file", str(password),
            "--underwriter", parties[0], "--guardian", parties[1], "--folder", str(folder),
            *(word for signer in parties[2:] for word in ("--signer", signer)),
        ]  # fmt: skip

        first = quittance(*arguments)
        height = rpc.block_number()
        second = quittance(*arguments, "--product", str(INDEMNITY))
        verified = quittance("verify", "--deployment", str(folder / "deployment.json"))

        assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
        assert rpc.block_number() == height + 1
        products = Deployment.load(folder / "deployment.json").products
        assert [(product.product_id, product.kind) for product in products] == [
            ("flight-delay", "parametric"), ("hospital-care", "indemnity"),
        ]  # fmt: skip
        assert f"{products[1].address}  hospital-care" in second.stdout
        assert (verified.returncode, verified.stderr) == (0, ""), verified.stdout
