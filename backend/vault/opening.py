"""Which keys the vault works with, as the settings say."""

from __future__ import annotations

from backend.config import Settings
from backend.vault.key_files import FileKeys
from backend.vault.keys import HeldKeys, KeyProvider, VaultKeyInvalid
from backend.vault.sealing import Vault
from backend.vault.transit import TransitKeys


def open_vault(settings: Settings) -> Vault | None:
    """The vault of the one key source that is set, None without any.

    Raises:
        VaultKeyInvalid: Two sources are set, or the one is not usable.
    """
    text, file, url = settings.vault_keys.get_secret_value(), settings.vault_key_file, settings.vault_transit_url
    given = [
        name for name, value in (("VAULT_KEYS", text), ("VAULT_KEY_FILE", file), ("VAULT_TRANSIT_URL", url)) if value
    ]
    if len(given) > 1:
        raise VaultKeyInvalid(f"QUITTANCE_{' and QUITTANCE_'.join(given)} are set. Keep one of them.")
    keys = _keys(settings)
    return Vault(keys) if keys else None


def require_vault(settings: Settings) -> Vault:
    """The vault; without one, a sentence.

    Raises:
        VaultKeyInvalid
    """
    vault = open_vault(settings)
    if vault is None:
        raise VaultKeyInvalid("No vault key is set. Set QUITTANCE_VAULT_KEY_FILE, or another source of keys.")
    return vault


def _keys(settings: Settings) -> KeyProvider | None:
    if settings.vault_key_file:
        return FileKeys(settings.vault_key_file)
    if settings.vault_keys.get_secret_value():
        return HeldKeys.from_text(settings.vault_keys.get_secret_value())
    if not settings.vault_transit_url:
        return None
    if settings.vault_transit_token_file is None:
        raise VaultKeyInvalid("QUITTANCE_VAULT_TRANSIT_URL is set without QUITTANCE_VAULT_TRANSIT_TOKEN_FILE. Set it.")
    return TransitKeys(settings.vault_transit_url, settings.vault_transit_key, settings.vault_transit_token_file)
