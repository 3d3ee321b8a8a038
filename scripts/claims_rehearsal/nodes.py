"""The nodes of a claims rehearsal: each with all it needs to look at the insurer's claims. Nothing is started here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.atomic_file import write_atomically
from oracle.claims.keys import make_nullifier_keys
from scripts.claims_rehearsal.stack import Stack
from scripts.oracle_nodes import NULLIFIER_KEYS, PRIVATE, SETTINGS, OracleNode, equip, make_nodes, write_network_file


def prepare_nodes(stack: Stack, *, environments: Mapping[int, Mapping[str, str]] | None = None) -> list[OracleNode]:
    """Folders with all that a node needs, one for each signer.

    Args:
        environments: Of some nodes' processes, by number, on top of this process's own.
    """
    nodes = make_nodes(stack.insurer.signers, stack.folder, environments)
    make_nullifier_keys(stack.folder / NULLIFIER_KEYS)
    for node in nodes:
        equip(node, stack.rpc, stack.insurer.deployment, stack.folder)
        write_atomically(node.folder / "store.key", stack.store.key, mode=PRIVATE)
    write_network(stack, nodes, {node.number: node.url for node in nodes})
    return nodes


def write_network(
    stack: Stack, nodes: Sequence[OracleNode], urls: Mapping[int, str], *, settings: Mapping[str, object] = SETTINGS
) -> None:
    """`network.yaml` of every node; `urls` is where the others find each node."""
    stores = {stack.insurer.product: {"url": stack.store.url, "key_file": "store.key"}}
    for node in nodes:
        write_network_file(node, nodes, {"stores": stores, **settings}, urls)
