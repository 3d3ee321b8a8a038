"""Settings: environment variables beginning with QUITTANCE_, see each field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What the backend is told at start. Every path may be relative to where the process starts."""

    model_config = SettingsConfigDict(env_prefix="QUITTANCE_", frozen=True, extra="ignore")

    home: Path = Field(Path(".quittance"), description="Folder for state; the embedded database is in pgdata below it.")
    database_url: str = Field("", description="PostgreSQL address; empty: the embedded server.")
    deployment: Path = Field(Path(".quittance/demo/deployment.json"), description="Deployment record.")
    node_urls: Annotated[tuple[str, ...], NoDecode] = Field((), description="Oracle nodes, separated by commas.")
    node_timeout_seconds: float = Field(3.0, gt=0, le=60, description="Longest wait for one node's answer.")
    underwriter_keystore: Path | None = Field(None, description="Encrypted key that signs quotes.")
    underwriter_password_file: Path | None = Field(None, description="Its password.")
    relayer_keystore: Path | None = Field(None, description="Encrypted key that pays for transactions.")
    relayer_password_file: Path | None = Field(None, description="Its password.")
    operator_key_file: Path | None = Field(None, description="Digests of the keys of the operator's own machines.")
    principal_requests_per_second: float = Field(50, gt=0, le=100_000, description="Of one principal, in the long run.")
    principal_request_burst: int = Field(500, ge=1, le=1_000_000, description="Of one principal, at once.")
    address_requests_per_second: float = Field(100, gt=0, le=100_000, description="From one address, in the long run.")
    address_request_burst: int = Field(1_000, ge=1, le=1_000_000, description="From one address, at once.")
    identity_key_file: Path | None = Field(None, description="Key under which people's names are kept and found.")
    public_origin: str = Field(
        "http://localhost:8000",
        pattern=r"^https?://[^/]+$",
        description="Scheme, host and port people open the page by.",
    )
    session_idle_seconds: int = Field(900, ge=60, le=900, description="Longest pause in a customer's session.")
    session_seconds: int = Field(28_800, ge=300, le=28_800, description="Longest life of a customer's session.")
    staff_session_idle_seconds: int = Field(600, ge=60, le=900, description="Longest pause in a session of staff.")
    staff_session_seconds: int = Field(14_400, ge=300, le=28_800, description="Longest life of a session of staff.")
    password_cost: Literal["rfc_9106_low_memory", "owasp_minimum"] = Field(
        "rfc_9106_low_memory", description="What one Argon2id hash costs."
    )
    smtp_host: str = Field("", description="Mail server that sends notices; empty: none.")
    smtp_port: int = Field(587, ge=1, le=65_535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="none: on this machine only.")
    smtp_user: str = Field("", description="Name to sign in by; empty: the server asks for none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password.")
    smtp_ca_file: Path | None = Field(None, description="Certificates to trust instead of the system's.")
    smtp_sender: str = Field("notices@localhost", description="Address notices come from.")
    smtp_sender_name: str = Field("", description="Name beside it.")
    sms_url: str = Field("", description="Gateway that sends short messages; empty: none.")
    sms_key: SecretStr = Field(SecretStr(""), description="Its key.")
    sms_sender: str = Field("", description="Who short messages come from.")
    sources_url: str = Field("", description="Gateway to third parties that report on applicants; empty: none.")
    sources_key: SecretStr = Field(SecretStr(""), description="Its key.")
    vault_key_file: Path | None = Field(None, description="Key that wraps the keys of applicants' records.")
    vault_keys: SecretStr = Field(SecretStr(""), description="Such keys themselves, 64 hex digits each, current first.")
    vault_transit_url: str = Field("", description="HashiCorp Vault whose Transit engine wraps them instead.")
    vault_transit_key: str = Field("quittance", description="Name of the key there.")
    vault_transit_token_file: Path | None = Field(None, description="Token for it.")
    evidence_reader: str = Field("", description="Command that reads dossiers; empty: the oracle's, by this Python.")
    virus_scanner: str = Field(
        "",
        pattern=r"^(tcp://[^/:]+(:[0-9]{1,5})?|unix:/.+)?$",
        description="clamd that looks at files of evidence: tcp://host:port or unix:/path; empty: none.",
    )
    server_key_file: Path | None = Field(
        None, description="Key all replicas share: cursors, kept answers. Empty: server.key in home, made when missing."
    )
    audit_key_file: Path | None = Field(None, description="Key that signs heads of the audit log.")
    audit_interval_seconds: int = Field(300, ge=1, le=599, description="Time between two heads of an audit log.")
    backup_folder: Path | None = Field(None, description="Where back-ups are put; empty: none are made here.")
    backup_recipient: str = Field("", description="Who they are sealed for: age1…, from `quittance backup key`.")
    backup_hours: int = Field(24, ge=1, le=168, description="Time between two back-ups.")
    backup_keep_days: int = Field(35, ge=1, le=3_650, description="How long a back-up is kept.")
    postgres_programs: Path | None = Field(
        None, description="Folder of pg_dump and pg_restore; empty: those of the embedded server."
    )
    webhooks_to_loopback: bool = Field(False, description="Deliver webhooks to this machine as well, for trying out.")
    webhook_workers: int = Field(2, ge=0, le=32, description="Threads that deliver webhooks.")
    frontend_dir: Path = Field(Path("frontend/dist"), description="Built frontend.")
    confirmations: int = Field(1, ge=0, le=1000, description="Blocks after which a transaction counts as final.")
    quote_valid_seconds: int = Field(3600, ge=60, le=86_400, description="How long a quote can be accepted.")
    report_valid_seconds: int = Field(3600, ge=60, le=86_400, description="How long an event report can be handed in.")
    second_rpc_url: str = Field("", description="Second RPC endpoint: stands in, and bears witness. Empty: none.")
    public_rpc_url: str = Field(
        "", description="RPC endpoint the page is told; empty: the deployment's own, with any key in it."
    )
    poll_seconds: float = Field(0.1, gt=0, le=60, description="Pause between looks at the chain.")
    max_pending_intents: int = Field(20_000, ge=1, description="Acceptances on their way before more are refused.")

    plain_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Hosts reached without TLS, on a network that is yours alone; separated by commas."
    )
    metrics_port: int = Field(0, ge=0, le=65_535, description="Port of /metrics; 0: none.")
    metrics_host: str = Field("127.0.0.1", description="Where it listens: this machine, unless your network is yours.")
    traces_url: str = Field("", pattern=r"^(https?://.+)?$", description="OTLP/HTTP address for traces; empty: none.")
    traces_ratio: float = Field(1.0, ge=0, le=1, description="Share of traces that are told.")

    @field_validator("node_urls", "plain_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """A comma list from the environment."""
        if not isinstance(value, str):
            return value
        return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
