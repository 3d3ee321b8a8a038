"""`quittance oracle`: train the model, make keys, run a node, ask a node how it is."""

import json
import time
from pathlib import Path
from typing import Annotated, NoReturn

import httpx
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.evidence.refusals import EvidenceError
from ledger.deployment import DeploymentInvalid
from oracle.claims.commands import register
from oracle.claims.errors import ClaimError
from oracle.home import cache_folder
from oracle.network.config import NetworkConfigInvalid
from oracle.node.faults import Fault, FaultsNotAllowed
from oracle.node.folder_lock import FolderUnusable
from oracle.node.process import NodeConfig, NodeMisconfigured, PortBusy, SourceName, check_node, look_at_claim
from oracle.node.process import run as run_node
from oracle.node.signer import KeyUnusable, create_keystore
from oracle.node.underwriting_process import UnderwritingMisconfigured
from oracle.risk.flights.scorecard import ModelInvalid
from oracle.risk.table_files import TableInvalid
from oracle.sources import http_deadline
from oracle.sources.conformance import KINDS, Endpoint
from oracle.sources.conformance import run as check_endpoint
from oracle.sources.errors import SourceUnavailable
from oracle.sources.flight_records import load_records
from oracle.sources.flight_status_api import BASE_URL

app = typer.Typer(help="Oracle nodes and the delay model.", no_args_is_help=True)
register(app)
STATUS_TIMEOUT_SECONDS = 5.0
"""For both answers of a node, however slowly they come."""
_TOLD = (
    DeploymentInvalid, KeyUnusable, ModelInvalid, SourceUnavailable, PortBusy, FaultsNotAllowed, NetworkConfigInvalid,
    NodeMisconfigured, FolderUnusable, UnderwritingMisconfigured, TableInvalid, ClaimError, EvidenceError,
)  # fmt: skip


@app.command()
def train(out: Annotated[Path, typer.Option(help="Folder the model is written into.")]) -> None:
    """Train the delay model on January-June, judge it on July-December, write it with its model card."""
    from oracle.risk.flights.model_card import (  # scikit-learn takes seconds to load and only training needs it
        make,
        write,
    )

    console = Console()
    try:
        out.mkdir(parents=True, exist_ok=True)  # before the work, not after it
        made = make(load_records(cache_folder()))
        path = write(made, out)
    except SourceUnavailable as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"--out {out} cannot be written ({error.strerror}): name a folder you may write to")
    judged = made.judgement
    table = Table("July-December 2013", "model", "base rates of January-June")
    for name in ("log_loss", "brier_60", "auc_60", "ece_60", "expected_payout_ratio"):
        table.add_row(name, f"{getattr(judged.model, name):.4f}", f"{getattr(judged.base_rates, name):.4f}")
    console.print(table)
    console.print(f"model 0x{made.trained.scorecard.hash.hex()}")
    console.print(f"written to {path}")


Deployed = Annotated[Path, typer.Option(envvar="QUITTANCE_DEPLOYMENT", help="Deployment file.")]
NetworkFile = Annotated[Path | None, typer.Option(help="Network file: peers, evidence stores, keys.")]
KeystoreFile = Annotated[Path | None, typer.Option(help="Encrypted key (keystore V3).")]
PasswordFile = Annotated[Path | None, typer.Option(help="File with the keystore's password, mode 600.")]
SignerUrl = Annotated[str | None, typer.Option(help="Signing service, in the place of a keystore.")]
SignerAddress = Annotated[str | None, typer.Option(help="Whose signatures the signing service gives.")]
SignerKeyFile = Annotated[Path | None, typer.Option(help="File with the signing service's bearer key, mode 600.")]
State = Annotated[Path | None, typer.Option(help="Folder of the journals.")]


@app.command()
def run(
    deployment: Deployed,
    keystore: KeystoreFile = None,
    password_file: PasswordFile = None,
    model: Annotated[Path | None, typer.Option(help="Delay model, to price and report flights.")] = None,
    network: NetworkFile = None,
    underwrite: Annotated[
        list[str] | None, typer.Option(help="Product whose applications to assess, and its line: hospital-care=health.")
    ] = None,
    port: Annotated[int, typer.Option(help="0 takes a free one; the log tells which.", min=0, max=65535)] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    source: Annotated[SourceName, typer.Option(help="Where to look for flights.")] = SourceName.ARCHIVE,
    source_url: Annotated[str, typer.Option(help="Address of the flight-status service.")] = BASE_URL,
    state: State = None,
    signer_url: SignerUrl = None,
    signer_address: SignerAddress = None,
    signer_key_file: SignerKeyFile = None,
    fault: Annotated[Fault | None, typer.Option(help="FOR TESTS ONLY; needs QUITTANCE_ALLOW_FAULTS=1.")] = None,
) -> None:
    """Run one node until it is told to stop. Without a key it looks at claims and signs nothing (dry run)."""
    config = NodeConfig(
        deployment=deployment, keystore=keystore, password_file=password_file, model=model, network=network,
        underwrite=tuple(underwrite or ()),
        signer_url=signer_url, signer_address=signer_address, signer_key_file=signer_key_file,
        host=host, port=port, source=source, source_url=source_url, state=state, fault=fault,
    )  # fmt: skip
    try:
        run_node(config)
    except _TOLD as error:
        _fail(str(error))


@app.command()
def check(
    deployment: Deployed,
    network: Annotated[Path, typer.Option(help="Network file: peers, evidence stores, keys.")],
    keystore: KeystoreFile = None,
    password_file: PasswordFile = None,
    signer_url: SignerUrl = None,
    signer_address: SignerAddress = None,
    signer_key_file: SignerKeyFile = None,
    state: State = None,
) -> None:
    """See whether a node started so could do its work. Exit code 1 if something is missing."""
    config = NodeConfig(
        deployment=deployment, keystore=keystore, password_file=password_file, network=network, state=state,
        signer_url=signer_url, signer_address=signer_address, signer_key_file=signer_key_file,
    )  # fmt: skip
    try:
        findings = check_node(config)
    except _TOLD as error:
        _fail(str(error))
    table = Table("", "", "found, or to do")
    for finding in findings:
        table.add_row(*_plain(finding.name, "well" if finding.well else "missing", finding.told))
    Console().print(table)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


@app.command("dry-run")
def dry_run(
    claim: Annotated[str, typer.Argument(help="Claim id: 0x and 64 hex digits.")],
    deployment: Deployed,
    network: Annotated[Path, typer.Option(help="Network file: peers, evidence stores, keys.")],
    state: State = None,
) -> None:
    """Look at one claim as a node would, and print what it would say. Signs and sends nothing."""
    try:
        told = look_at_claim(NodeConfig(deployment=deployment, network=network, state=state), claim)
    except _TOLD as error:
        _fail(str(error))
    Console().print_json(json.dumps(dict(told), ensure_ascii=False))


@app.command()
def keys(
    out: Annotated[Path, typer.Option(help="Keystore to write.")],
    password_file: Annotated[
        Path | None, typer.Option(help="Default: beside the keystore, ending in .password.")
    ] = None,
) -> None:
    """Make a node's key: an encrypted keystore and its password file, readable by this user only."""
    if not out.name:
        _fail(f"--out {out} names no file: give the keystore's")
    try:
        address = create_keystore(out, password_file or out.with_suffix(".password"))
    except KeyUnusable as error:
        _fail(str(error))
    Console().print(address)


@app.command()
def conformance(
    kind: Annotated[str, typer.Argument(help=f"Kind of record: {', '.join(KINDS)}.")],
    url: Annotated[str, typer.Option(help="Address of the endpoint, before /v1/records/.")],
    key_file: Annotated[Path, typer.Option(help="File with a key for the test, mode 600.")],
    known: Annotated[str, typer.Option(help="A reference that has a record.")],
    unknown: Annotated[str, typer.Option(help="A reference that has none.")],
) -> None:
    """Test a provider's endpoint against the documented format of records. Exit code 1 if it breaks a rule."""
    if kind not in KINDS:
        _fail(f"{kind} is no kind of record: choose one of {', '.join(KINDS)}")
    try:
        key = key_file.read_text("utf-8").strip()
        checks = check_endpoint(Endpoint(kind, url, key, known, unknown), int(time.time()))
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"--key-file {key_file} cannot be read ({type(error).__name__}): name a file with the key")
    except SourceUnavailable as error:
        _fail(str(error))
    table = Table("rule", "", "what to mend")
    for check in checks:
        table.add_row(*_plain(check.rule, "kept" if check.kept else "broken", check.told))
    Console().print(table)
    if not all(check.kept for check in checks):
        raise typer.Exit(1)


@app.command("read-evidence")
def read_evidence(
    unsealed: Annotated[bool, typer.Option(help="Read where no seal can be had: limits alone.")] = False,
) -> None:
    """Read a dossier from standard input in a sealed process, and print what was noticed as JSON."""
    from oracle.evidence.reading.command import main  # loads the parsers' side only when it is asked for

    raise typer.Exit(main(["--unsealed"] if unsealed else []))


@app.command()
def status(urls: Annotated[list[str], typer.Argument(help="Addresses of nodes, as in http://127.0.0.1:8701")]) -> None:
    """Ask nodes who they are and whether they see the chain. Exit code 1 if one does not."""
    table = Table("node", "status", "signer", "model", "source", "block")
    healthy = True
    transport = http_deadline.DeadlineTransport()
    with httpx.Client(timeout=STATUS_TIMEOUT_SECONDS, transport=transport, trust_env=False) as client:
        for url in urls:
            row, well = _ask(client, url.rstrip("/"))
            table.add_row(*_plain(url, *row))
            healthy = healthy and well
    Console().print(table)
    if not healthy:
        raise typer.Exit(1)


def _ask(client: httpx.Client, url: str) -> tuple[list[str], bool]:
    """One node's row, and whether it is well. Whatever it answers, the others are still asked."""
    try:
        with http_deadline.until(time.monotonic() + STATUS_TIMEOUT_SECONDS):
            who, health = client.get(f"{url}/v1/node").json(), client.get(f"{url}/health").json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        return [f"no answer ({type(error).__name__}): is it running?", "-", "-", "-", "-"], False
    if not isinstance(who, dict) or not isinstance(health, dict) or "signer" not in who:
        return ["answers, but not as a node: mend the address", "-", "-", "-", "-"], False
    well = health.get("status") == "ok"
    told = "ok" if well else str(health.get("detail"))
    model, source = str(who.get("model_hash") or "-")[:10], str(who.get("source") or "-")
    return [told, str(who["signer"]), model, source, str(health.get("block_number", "-"))], well


def _plain(*cells: str) -> list[Text]:
    """As they are: what is told may come from elsewhere, and an address in brackets is no markup."""
    return [Text(cell) for cell in cells]


def _fail(sentence: str) -> NoReturn:
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
