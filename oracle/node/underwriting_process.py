"""Puts a node's part in underwriting together from its options and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from domain.product_fields import INDEMNITY
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from oracle.node.signer import ReportSigner
from oracle.node.underwriting_chain import RpcUnderwritingChain
from oracle.node.underwriting_journal import UnderwritingJournal
from oracle.node.underwriting_node import UnderwritingNode
from oracle.risk.engine import load_engine
from oracle.risk.indicators import Line

JOURNAL = "underwriting.sqlite"


class UnderwritingMisconfigured(Exception):
    """`--underwrite` does not fit the deployment; the message says how, and what to give."""


def build_underwriting(
    options: Sequence[str], deployment_file: Path, rpc: Rpc, signer: ReportSigner, folder: Path, closing: ExitStack
) -> UnderwritingNode:
    """A node that underwrites, from its files; its parts close with `closing`.

    Args:
        options: Products and their lines, as in "hospital-care=health".
        folder: Where the journal is kept; never shared by two nodes.
    Raises:
        UnderwritingMisconfigured, DeploymentInvalid, TableInvalid
    """
    deployment = Deployment.load(deployment_file)
    lines = product_lines(options, deployment)
    journal = UnderwritingJournal(folder / JOURNAL, f"{deployment.chain_id}:{deployment.block_hash}")
    closing.callback(journal.close)
    return UnderwritingNode(
        chain=RpcUnderwritingChain(rpc, deployment, deployment_file.parent, lines),
        engine=load_engine(),
        signer=signer,
        journal=journal,
    )


def product_lines(options: Sequence[str], deployment: Deployment) -> Mapping[str, Line]:
    """Line of each product to be underwritten, by address; a product's name means all its versions deployed.

    Raises:
        UnderwritingMisconfigured
    """
    sold = [product for product in deployment.products if product.kind == INDEMNITY]
    names = ", ".join(sorted({product.product_id for product in sold})) or "none: deploy one first"
    lines: dict[str, Line] = {}
    for option in options:
        name, _, line = option.partition("=")
        if line not in set(Line):
            raise UnderwritingMisconfigured(
                f"--underwrite is {option!r}: give product and line, as in hospital-care=health ({', '.join(Line)})"
            )
        found = [product.address for product in sold if product.product_id == name]
        if not found:
            raise UnderwritingMisconfigured(
                f"--underwrite names {name!r}, the deployment's indemnity products: {names}"
            )
        for address in found:
            if lines.setdefault(address, Line(line)) != line:
                raise UnderwritingMisconfigured(f"--underwrite gives {name!r} two lines: give one")
    return lines
