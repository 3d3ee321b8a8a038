"""Whether a node can do its work, thing by thing: `quittance oracle check`."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from eth_account import Account

from domain.evidence.refusals import EvidenceError
from domain.product_fields import INDEMNITY
from ledger.bindings import OracleQuorum
from ledger.deployment import Deployment
from ledger.rpc import Rpc, RpcError, RpcUnavailable
from oracle.claims.errors import ClaimError
from oracle.claims.keys import read_store_key
from oracle.claims.products import ProductShelf
from oracle.evidence.reading.reader import Reader
from oracle.network.config import NetworkConfig, NetworkConfigInvalid, StoreConfig
from oracle.network.event_sources import sources_for
from oracle.node.signer import KeyUnusable, ReportSigner, open_keystore
from oracle.sources import http_deadline
from oracle.sources.errors import SourceUnavailable

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
TOTAL_SECONDS = 8.0
"""For one answer, however slowly it comes."""
LEAST_BALANCE = 10**16
"""Wei; a hundredth of the chain's coin pays for some tens of reports at usual fees."""

LEAST_FREE = 500_000_000
"""Bytes on the disk of the state folder; a journal that cannot be written stops the node's rounds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `told` says what was found, or what to do."""

    name: str
    well: bool
    told: str


@dataclass(frozen=True)
class Checked:
    """What is looked at. `signer` None: a dry run; `documents`: the folder of the deployment file."""

    deployment: Deployment
    network: NetworkConfig
    signer: ReportSigner | None
    folder: Path
    read_keys: Callable[[Path], object]
    documents: Path


def check(given: Checked, rpc: Rpc, client: httpx.Client) -> Iterator[Finding]:
    """Everything a node needs, in the order it needs it."""
    yield _state(given.folder)
    signers: tuple[str, ...] = ()
    try:
        found = rpc.chain_id()
        own = given.deployment.chain_id
        yield Finding("chain", found == own, f"chain {found} at {rpc.url}; the deployment is for {own}")
        quorum = given.deployment.contracts["OracleQuorum"]
        epoch = rpc.eth_call(quorum, OracleQuorum.current_epoch())
        signers, _, _ = rpc.eth_call(quorum, OracleQuorum.signer_set(epoch))
        yield Finding("signer set", True, f"epoch {epoch}, {len(signers)} signers")
    except (RpcError, RpcUnavailable) as error:
        yield Finding("chain", False, f"{error}: start the chain or mend rpc_url in the deployment")
    if given.signer is not None and signers:  # without the chain nobody knows
        yield _seat(given.signer, signers)
    yield from _peers(given, signers, client)
    yield _nullifier_keys(given)
    yield from _documents(given)
    yield from _stores(given, client)
    yield from _event_sources(given.network)
    yield _reader()
    yield _gas(given.network, rpc)


def _state(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError as error:
        return Finding("state folder", False, f"{folder} cannot be made ({error.strerror}): name another with --state")
    if not writable:
        return Finding("state folder", False, f"{folder} cannot be written: mend its rights")
    free = shutil.disk_usage(folder).free
    told = f"{folder}, {free // 1_000_000} MB free"
    return Finding("state folder", free >= LEAST_FREE, told if free >= LEAST_FREE else f"{told}: make room")


def _seat(signer: ReportSigner, signers: tuple[str, ...]) -> Finding:
    seated = signer.address in signers
    remedy = "" if seated else ": rotate it in, or start the node with the right key"
    return Finding("seat", seated, f"{signer.address} is {'' if seated else 'not '}in the signer set{remedy}")


def _peers(given: Checked, signers: tuple[str, ...], client: httpx.Client) -> Iterator[Finding]:
    own = given.signer.address if given.signer is not None else None
    for node in signers:
        if node != own and node not in given.network.peers:
            yield Finding("peer", False, f"{node} is in the signer set and not among the peers: add its address")
    for node, url in given.network.peers.items():
        if node == own:
            continue
        try:
            told = _get(client, f"{url}/v1/node").json().get("signer")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError) as error:
            yield Finding("peer", False, f"{node} at {url} gives no answer ({type(error).__name__}): is it running?")
            continue
        same = told == node
        yield Finding("peer", same, f"{node} at {url}" if same else f"at {url} is {told}, not {node}: mend peers")


def _nullifier_keys(given: Checked) -> Finding:
    try:
        given.read_keys(given.network.nullifier_keys)
    except Exception as error:  # the reader of keys says what is wrong with them, by its own kinds of error
        return Finding("nullifier keys", False, str(error))
    return Finding("nullifier keys", True, str(given.network.nullifier_keys))


def _documents(given: Checked) -> Iterator[Finding]:
    """What products promise is read from their documents, which lie beside the deployment file."""
    if "ClaimsDesk" not in given.deployment.contracts:
        yield Finding("claims desk", False, "the deployment names none: deploy again with this version of the program")
    shelf = ProductShelf(given.deployment, given.documents)
    for product in given.deployment.products:
        if product.kind != INDEMNITY:
            continue
        try:
            shelf.facts(product.address, bytes.fromhex(product.terms_hash.removeprefix("0x")))
        except ClaimError as error:
            yield Finding("document", False, f"{product.product_id}: {error}")
        else:
            yield Finding("document", True, f"{product.product_id}: {product.document}")


def _stores(given: Checked, client: httpx.Client) -> Iterator[Finding]:
    for product in given.deployment.products:
        if product.kind == INDEMNITY and product.address not in given.network.stores:
            told = f"{product.product_id} at {product.address} has none: add it to stores, or its claims go unseen"
            yield Finding("evidence store", False, told)
    for store in given.network.stores.values():
        yield _store(store, client)


def _store(store: StoreConfig, client: httpx.Client) -> Finding:
    """A claim that cannot be: a store that knows the key says 404."""
    try:
        headers = {"Authorization": f"Bearer {read_store_key(store.key_file)}"}
        status = _get(client, f"{store.url}/v1/claims/0x{0:064x}/manifest", headers).status_code
    except ClaimError as error:
        return Finding("evidence store", False, str(error))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding("evidence store", False, f"{store.url} gives no answer ({type(error).__name__}): is it up?")
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return Finding("evidence store", False, f"{store.url} refuses the key: ask the insurer for another")
    well = status == httpx.codes.NOT_FOUND
    return Finding("evidence store", well, store.url if well else f"{store.url} answered HTTP {status}: is it a store?")


def _event_sources(network: NetworkConfig) -> Iterator[Finding]:
    """Whether each can be made; it is asked for nothing, as some cost or count every question."""
    for product, configs in network.events.items():
        try:
            sources_for(configs)
        except (NetworkConfigInvalid, SourceUnavailable) as error:
            yield Finding("event sources", False, f"events of {product}: {error}")
        else:
            yield Finding("event sources", True, f"{product}: {', '.join(each.source for each in configs)}")


def _get(client: httpx.Client, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    with http_deadline.until(time.monotonic() + TOTAL_SECONDS):
        return client.get(url, headers=headers)


def _reader() -> Finding:
    try:
        with Reader() as reader:
            versions = ", ".join(f"{name} {version}" for name, version in sorted(reader.versions.items()))
            return Finding("sealed reader", reader.sealed, versions)
    except EvidenceError as error:
        return Finding("sealed reader", False, str(error))


def _gas(config: NetworkConfig, rpc: Rpc) -> Finding:
    if config.gas_keystore is None or config.gas_password_file is None:
        return Finding("gas", True, "no gas key: this node hands nothing in, others do")
    try:
        account = Account.from_key(open_keystore(config.gas_keystore, config.gas_password_file))
        balance = int(rpc.call("eth_getBalance", account.address, "latest"), 16)
    except KeyUnusable as error:
        return Finding("gas", False, str(error))
    except (RpcError, RpcUnavailable) as error:
        return Finding("gas", False, f"{error}: start the chain or mend rpc_url in the deployment")
    enough = balance >= LEAST_BALANCE
    return Finding("gas", enough, f"{account.address} has {balance} wei" + ("" if enough else ": send it some"))
