"""`quittance verify`: sentences a person understands, the result as the last line, an exit code for scripts."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from ledger.bundle import BundleInvalid
from ledger.deployment import DeploymentInvalid
from ledger.rpc import RpcUnavailable
from scripts.anvil import free_port
from scripts.verify import DocumentUnreadable, documents_of, verify, verify_command
from tests.ledger.story import Story


@pytest.fixture(scope="module")
def deployment(story: Story) -> Path:
    """The story's deployment file, beside its documents."""
    path = story.rehearsal.folder / "deployment.json"
    story.rehearsal.deployment.save(path)
    return path


@pytest.fixture
def narrow() -> Console:
    """A terminal so narrow that sentences would be broken, if anybody broke them."""
    return Console(file=io.StringIO(), width=30)


def said(console: Console) -> list[str]:
    """Lines on a console."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_verify_command__true_ledger__last_line_says_so(deployment: Path, story: Story, narrow: Console) -> None:
    code = verify_command(deployment, None, None, console=narrow)

    assert code == 0
    assert said(narrow)[-1] == f"ledger verified: {len(story.events)} events, 0 discrepancies"
    assert not [line for line in said(narrow) if line.startswith("not proved")]


def test_verify_command__exported_and_read_again__needs_no_chain(
    deployment: Path, story: Story, tmp_path: Path, narrow: Console
) -> None:
    bundle = tmp_path / "ledger.json"
    assert verify_command(deployment, None, bundle) == 0
    elsewhere = tmp_path / "deployment.json"
    replace(story.rehearsal.deployment, rpc_url=f"http://127.0.0.1:{free_port()}").save(elsewhere)

    codes = [verify_command(elsewhere, bundle, None, console=narrow), verify_command(None, bundle, None)]

    assert codes == [0, 0]
    assert said(narrow)[-1] == f"ledger verified: {len(story.events)} events, 0 discrepancies"
    assert len([line for line in said(narrow) if line.startswith("not proved: ")]) == 2


def test_verify_command__payment_altered_in_the_file__is_a_sentence_and_exit_code_1(
    deployment: Path, tmp_path: Path, narrow: Console
) -> None:
    path = tmp_path / "ledger.json"
    verify_command(deployment, None, path)
    bundle = json.loads(path.read_text())
    (document,) = bundle["documents"].values()
    document["clauses"][0]["text"]["en"] += " [bold]or so[/bold]"
    path.write_text(json.dumps(bundle))

    code = verify_command(None, path, None, console=narrow)

    lines = said(narrow)
    wrong = [line for line in lines if line.startswith("S6: product 0x")]
    assert code == 1
    assert lines[-1].endswith(f"{len(wrong)} discrepancies")
    assert len(wrong) == 1
    assert wrong[0].endswith(".")


def test_verify_command__bundle_of_another_house__is_found(
    deployment: Path, story: Story, tmp_path: Path, narrow: Console
) -> None:
    path = tmp_path / "ledger.json"
    verify_command(deployment, None, path)
    theirs = story.rehearsal.deployment.contracts | {"Treasury": story.rehearsal.product}
    other = tmp_path / "deployment.json"
    replace(story.rehearsal.deployment, contracts=theirs, chain_id=1).save(other)

    code = verify_command(other, path, None, console=narrow)

    assert code == 1
    assert "I14: bundle: its chain is 31337, the deployment file's is 1." in said(narrow)
    assert any(line.startswith("I14: bundle: its Treasury is ") for line in said(narrow))


def test_verify_command__document_missing__is_not_proved(deployment: Path, tmp_path: Path, narrow: Console) -> None:
    code = verify_command(deployment, None, None, documents=tmp_path, console=narrow)

    assert code == 0
    assert [line.split(": ")[-1] for line in said(narrow) if line.startswith("not proved")] == [
        "its document is not at hand, so its words are not checked."
    ]


def test_verify_command__no_chain__names_its_address(story: Story, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    path = tmp_path / "deployment.json"
    replace(story.rehearsal.deployment, rpc_url=url).save(path)

    with pytest.raises(RpcUnavailable, match=url):
        verify_command(path)


def test_verify_command__no_such_files__says_which(tmp_path: Path) -> None:
    with pytest.raises(DeploymentInvalid, match="does not exist"):
        verify_command(tmp_path / "deployment.json")
    with pytest.raises(BundleInvalid, match="cannot be read"):
        verify_command(None, tmp_path / "bundle.json")
    with pytest.raises(ValueError, match="name a deployment file or a bundle"):
        verify_command(None)


def test_documents_of__broken_document__names_the_file(story: Story, tmp_path: Path) -> None:
    product = story.rehearsal.deployment.products[0]
    path = tmp_path / product.document
    path.parent.mkdir(parents=True)
    path.write_text("{")

    with pytest.raises(DocumentUnreadable, match=f"document {path} is not JSON"):
        documents_of(story.rehearsal.deployment, tmp_path)


def test_verify__as_a_command__ends_with_the_result_and_its_code(deployment: Path, tmp_path: Path) -> None:
    runner, bundle, app = CliRunner(), tmp_path / "ledger.json", typer.Typer()
    app.command()(verify)

    exported = runner.invoke(app, ["--deployment", str(deployment), "--export", str(bundle)])
    proved = runner.invoke(app, ["--bundle", str(bundle)])
    both = runner.invoke(app, ["--bundle", str(bundle), "--export", str(bundle)])

    assert (exported.exit_code, proved.exit_code, both.exit_code) == (0, 0, 2)
    assert exported.output.splitlines()[-1] == proved.output.splitlines()[-1]
    assert proved.output.splitlines()[-1].startswith("ledger verified: ")
