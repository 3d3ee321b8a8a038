"""The insurer's evidence store over HTTP, believed nothing: what it hands out must be what the root on chain binds.

    GET {url}/v1/claims/0x{claim id, 64 hex}/manifest               the manifest, as it was sealed
    GET {url}/v1/claims/0x{claim id, 64 hex}/files/{name}           a file, as it came; the name percent-encoded

with `Authorization: Bearer KEY`, and 404 while there is none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Final
from urllib.parse import quote

from domain.evidence.dossier import Dossier, Entry, open_dossier, read_manifest
from domain.evidence.limits import LIMITS, Limits, check_name
from domain.evidence.merkle import merkle_root
from domain.evidence.refusals import EvidenceAltered, EvidenceRefused
from oracle.claims.errors import DossierUnavailable
from oracle.sources import http_deadline
from oracle.sources.errors import SourceAnswerInvalid, SourceMisconfigured, SourceUnavailable
from oracle.sources.http_fetch import Fetcher, ResourceUnknown, new_client

MANIFEST_BYTES: Final = 65_536
"""More than any manifest of 32 files with names of 120 bytes."""
TOTAL_SECONDS: Final = 20.0
"""For a whole dossier."""
PARALLEL: Final = 4


class EvidenceStore:
    """One insurer's store. Safe to share between threads.

    Args:
        key: This node is known by.
        total_seconds: Longest a dossier may take, with all its files and tries, however slowly they come.
        sleep: Waits between tries; tests replace it.
    Raises:
        SourceMisconfigured: The address is none.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        limits: Limits = LIMITS,
        total_seconds: float = TOTAL_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits, self._total_seconds = limits, total_seconds
        self._client = new_client(url, {"Authorization": f"Bearer {key}", "Accept": "*/*"})
        # Nothing is remembered: a dossier is fetched once, and its files are large and private.
        self._fetcher = Fetcher(self._client, sleep=sleep, total_seconds=total_seconds, max_remembered=0)
        self._workers = ThreadPoolExecutor(PARALLEL, thread_name_prefix="evidence")

    def close(self) -> None:
        """Give connections and threads back."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def dossier(self, claim_id: int, root: bytes) -> Dossier:
        """The dossier behind a root.

        Manifest and root are compared before any file is asked for, so nobody but who gave notice decides what is.

        Raises:
            DossierUnavailable: `dossier_missing`, `store_unavailable`, `store_misconfigured`, `store_answer_invalid`,
                `dossier_altered`, `dossier_refused`.
        """
        where = f"v1/claims/0x{claim_id:064x}"
        with http_deadline.until(time.monotonic() + self._total_seconds):
            try:
                manifest = self._get(f"{where}/manifest", MANIFEST_BYTES)
                entries = read_manifest(manifest)
                self._check(entries, root)
                contents = self._files(where, entries)
                return open_dossier(manifest, contents, root, self._limits)
            except EvidenceAltered as error:
                # Names of files may be names of people: neither value nor field is told.
                remedy = "Let the insurer mend its store: the dossier must be the one notice was given with"
                raise _unavailable("dossier_altered", root, "is not what the root on chain binds", remedy) from error
            except EvidenceRefused as error:
                remedy = "Let the claimant reopen the claim with evidence within the limits"
                raise _unavailable("dossier_refused", root, f"breaks the limit {error.code}", remedy) from error

    def _check(self, entries: Sequence[Entry], root: bytes) -> None:
        """Root first, then what the claimant himself could have asked too much of."""
        found = merkle_root([entry.leaf for entry in entries])
        if found != root:
            remedy = "Fetch it anew"
            raise EvidenceAltered("evidence root", f"0x{found.hex()}", f"notified was 0x{root.hex()}", remedy)
        limits = self._limits
        sizes = [entry.size for entry in entries]
        if len(entries) > limits.files:
            raise EvidenceRefused("TOO_MANY_FILES", "files", len(entries), f"are more than {limits.files}", "Fewer")
        if max(sizes) > limits.file_bytes:
            raise EvidenceRefused("FILE_TOO_LARGE", "size", max(sizes), f"is over {limits.file_bytes}", "Shrink it")
        if sum(sizes) > limits.total_bytes:
            raise EvidenceRefused("DOSSIER_TOO_LARGE", "size", sum(sizes), f"is over {limits.total_bytes}", "Shrink it")
        for entry in entries:
            check_name(entry.name, limits)

    def _files(self, where: str, entries: Sequence[Entry]) -> dict[str, bytes]:
        """All files, some at a time. The first that cannot be had ends it."""
        asked = [
            self._workers.submit(copy_context().run, self._get, f"{where}/files/{quote(each.name, safe='')}", each.size)
            for each in entries
        ]
        done, _ = wait(asked, return_when=FIRST_EXCEPTION)
        for each in asked:
            each.cancel()
        for each in done:
            if not each.cancelled() and (error := each.exception()) is not None:
                raise error
        return {entry.name: each.result() for entry, each in zip(entries, asked, strict=True)}

    def _get(self, path: str, max_bytes: int) -> bytes:
        host = self._client.base_url.host
        try:
            return self._fetcher.get(path, {}, max_bytes=max_bytes).body
        except ResourceUnknown as error:
            remedy = "Let the insurer put the claim's files into its store"
            raise DossierUnavailable("dossier_missing", "store", host, "has no such file", remedy) from error
        except SourceMisconfigured as error:
            remedy = "Put the key the insurer gave this node into the store's key file"
            raise DossierUnavailable(
                "store_misconfigured", "store", host, "does not let this node in", remedy
            ) from error
        except SourceAnswerInvalid as error:
            remedy = "Let the insurer compare its store with docs/sources.md"
            problem = "answers what no evidence store answers, or more than the manifest says"
            raise DossierUnavailable("store_answer_invalid", "store", host, problem, remedy) from error
        except SourceUnavailable as error:
            problem = "gave no whole answer in time"
            raise DossierUnavailable("store_unavailable", "store", host, problem, "Ask again later") from error


def _unavailable(code: str, root: bytes, problem: str, remedy: str) -> DossierUnavailable:
    return DossierUnavailable(code, "dossier", f"0x{root.hex()}", problem, remedy)
