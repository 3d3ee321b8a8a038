"""Wallets in and out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backend.fields import AddressText, Input, SignatureText, View


class WalletLink(Input):
    """An EIP-4361 message and its signature."""

    message: Annotated[str, Field(min_length=1, max_length=4_096)]
    signature: SignatureText


class WalletNonceView(View):
    """What an EIP-4361 message must carry to link a wallet, within five minutes."""

    nonce: str
    domain: str
    uri: str
    chain_id: int


class WalletView(View):
    """A linked address; time in unix seconds of the wall clock."""

    address: AddressText
    linked_at: int


class WalletList(View):
    """Linked addresses, latest first."""

    wallets: list[WalletView]
