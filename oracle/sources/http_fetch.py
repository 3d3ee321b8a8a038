"""Careful HTTP GET: bounded in time, size and tries, and asking again only for what has changed."""

import random
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from threading import Lock

import httpx

from oracle.sources import http_deadline
from oracle.sources.addresses import AddressUnsafe, require_private
from oracle.sources.errors import SourceAnswerInvalid, SourceMisconfigured, SourceRateLimited, SourceUnavailable

ATTEMPTS = 3
BACKOFF_SECONDS = (0.25, 1.0)
MAX_RETRY_AFTER_SECONDS = 5.0
"""A longer wait than this is left to the caller."""
MAX_BODY_BYTES = 1_000_000
MAX_REMEMBERED = 2_000
MAX_REDIRECTS = 3
MAX_AGE_DIGITS = 12
TIMEOUT = httpx.Timeout(5.0, connect=3.0)
TOTAL_SECONDS = 20.0
"""For one question with all its tries and redirects, however slowly the other side answers."""
_spread = random.SystemRandom()


class ResourceUnknown(SourceAnswerInvalid):
    """The server says that it has no such thing (404); `body` is what else it says."""

    def __init__(self, message: str, body: bytes) -> None:
        self.body = body
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body and what is known of its age.

    Attributes:
        body: As it came.
        etag: By which it can be asked for again.
        confirmed_at: When the server last stood by it, monotonic seconds.
        made_at: When the server says it made the answer (`Date` less `Age`), unix seconds, if it says so.
        revalidated: The server was asked, and said that nothing has changed.
    """

    body: bytes
    etag: str | None
    confirmed_at: float
    made_at: int | None = None
    revalidated: bool = False


class _Again(Exception):
    """Worth another try, after `wait_seconds` if the server said so."""

    def __init__(self, failure: SourceUnavailable, wait_seconds: float | None = None) -> None:
        self.failure = failure
        self.wait_seconds = wait_seconds
        super().__init__(str(failure))


class Fetcher:
    """GETs from one server. Safe to share between threads.

    Args:
        client: Carries address and credentials; redirects must be off, or the key would follow them. Best one of
            `new_client`, which keeps the deadline within a read too.
        sleep: Waits between tries; tests replace it.
        total_seconds: Longest a question may take in all.
        max_remembered: Answers with an ETag that are kept to be asked for again; 0: none.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        sleep: Callable[[float], None] = time.sleep,
        total_seconds: float = TOTAL_SECONDS,
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        self._client = client
        self._max_remembered = max_remembered
        self._sleep = sleep
        self._total_seconds = total_seconds
        self._quiet_until = 0.0
        self._remembered: OrderedDict[str, Fetched] = OrderedDict()
        self._lock = Lock()

    def get(self, path: str, params: Mapping[str, str], *, max_bytes: int = MAX_BODY_BYTES) -> Fetched:
        """The body of a resource.

        Args:
            max_bytes: Of the body; a larger one is refused.
        Raises:
            SourceUnavailable: No usable answer after three tries, or none in time.
            SourceRateLimited, SourceMisconfigured, SourceAnswerInvalid
        """
        with http_deadline.until(time.monotonic() + self._total_seconds):
            return self._get(path, params, max_bytes)

    def _get(self, path: str, params: Mapping[str, str], max_bytes: int) -> Fetched:
        self._check_quiet()
        request = self._client.build_request("GET", path, params=dict(params))
        key = str(request.url)
        with self._lock:
            known = self._remembered.get(key)
        if known is not None and known.etag:
            request.headers["If-None-Match"] = known.etag
        for attempt in range(ATTEMPTS):
            try:
                fetched = self._try(request, known, max_bytes)
                break
            except _Again as again:
                if attempt == ATTEMPTS - 1 or http_deadline.is_over():
                    raise again.failure from again
                backoff = BACKOFF_SECONDS[attempt] * (1 + _spread.random() / 4)
                self._sleep(again.wait_seconds if again.wait_seconds is not None else backoff)
        self._remember(key, fetched)
        return fetched

    def _try(self, request: httpx.Request, known: Fetched | None, max_bytes: int) -> Fetched:
        try:
            for _ in range(MAX_REDIRECTS + 1):
                response = self._client.send(request, stream=True)
                try:
                    if not response.has_redirect_location:
                        return self._read(response, known, max_bytes)
                    request = _redirected(request, response)
                finally:
                    response.close()
            where = f"{request.url.host} redirects more than {MAX_REDIRECTS} times"
            raise SourceAnswerInvalid(f"{where}: check the source's address")
        except httpx.TransportError as error:
            host = request.url.host
            raise _Again(SourceUnavailable(f"{host} gave no answer ({type(error).__name__}): is it up?")) from error

    def _read(self, response: httpx.Response, known: Fetched | None, max_bytes: int) -> Fetched:
        status = response.status_code
        if status == httpx.codes.NOT_MODIFIED and known is not None:
            return Fetched(known.body, known.etag, time.monotonic(), _made_at(response), revalidated=True)
        if status == httpx.codes.OK:
            body = _bounded_body(response, max_bytes)
            return Fetched(body, response.headers.get("ETag"), time.monotonic(), _made_at(response))
        where = f"{response.request.url.host} answered {status}"
        if status == httpx.codes.TOO_MANY_REQUESTS:
            wait = _retry_after(response)
            limited = SourceRateLimited(f"{where}: too many requests, try again in {wait:.0f} s", wait)
            if wait > MAX_RETRY_AFTER_SECONDS:
                self._quiet_until = time.monotonic() + wait
                raise limited
            raise _Again(limited, wait)
        if status == httpx.codes.NOT_FOUND:
            told = f"{where}: it has no such resource, check address and reference"
            raise ResourceUnknown(told, _bounded_body(response, MAX_BODY_BYTES))
        if status >= 500:
            raise _Again(SourceUnavailable(f"{where}: it is in trouble, try again later"))
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise SourceMisconfigured(f"{where}: the API key is missing, wrong or not allowed to ask this")
        raise SourceAnswerInvalid(f"{where}: the request was not understood, check the source's address")

    def _check_quiet(self) -> None:
        """Do not even ask while the server has told us to wait."""
        wait = self._quiet_until - time.monotonic()
        if wait > 0:
            host = self._client.base_url.host
            raise SourceRateLimited(f"{host} told us to wait: try again in {wait:.0f} s", wait)

    def _remember(self, key: str, fetched: Fetched) -> None:
        if not fetched.etag or not self._max_remembered:
            return
        with self._lock:
            self._remembered[key] = fetched
            self._remembered.move_to_end(key)
            while len(self._remembered) > self._max_remembered:
                self._remembered.popitem(last=False)


def new_client(base_url: str, headers: Mapping[str, str] | None = None) -> httpx.Client:
    """A client for `Fetcher`: no redirects, no compression, no proxy, and every read within the deadline.

    Args:
        headers: Keys among them: they leave this machine by TLS only.
    Raises:
        SourceMisconfigured: The address is none or unsafe for a key, or a key is none.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise SourceMisconfigured(f"{base_url} is no address of a source: write it as in https://example.org/path")
    if headers:
        _require_usable(base_url, url.host, headers)
    return httpx.Client(
        base_url=base_url.rstrip("/") + "/",
        headers={"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})},
        timeout=TIMEOUT,
        follow_redirects=False,
        transport=http_deadline.DeadlineTransport(),
        trust_env=False,
    )


def _require_usable(base_url: str, host: str, headers: Mapping[str, str]) -> None:
    """Headers can be sent, and who carries them reads no key. Raises `SourceMisconfigured`, which quotes none."""
    try:
        require_private("the source's address", base_url)
    except AddressUnsafe as error:
        raise SourceMisconfigured(str(error)) from None
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()) or value != value.strip():
            told = f"the key for {host} ({name}) is empty or has signs that no header takes"
            raise SourceMisconfigured(f"{told}: give one of visible ASCII signs")


def _redirected(request: httpx.Request, response: httpx.Response) -> httpx.Request:
    """The same question at the place named, if that is on the same host; keys do not leave it."""
    where = f"{request.url.host} answered {response.status_code}"
    try:
        target = request.url.join(response.headers["Location"])
    except httpx.InvalidURL:
        raise SourceAnswerInvalid(f"{where} and redirects nowhere: check the source's address") from None
    if (target.scheme, target.host, target.port) != (request.url.scheme, request.url.host, request.url.port):
        raise SourceAnswerInvalid(f"{where} and redirects off the host: refused, check the source's address")
    return httpx.Request(request.method, target, headers=request.headers, extensions=request.extensions)


def _bounded_body(response: httpx.Response, max_bytes: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise SourceAnswerInvalid(f"{response.request.url.host} sent a packed body though none was asked for: refused")
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise SourceAnswerInvalid(f"{response.request.url.host} sent more than {max_bytes} bytes: refused")
        if http_deadline.is_over():
            raise httpx.ReadTimeout("the deadline is past")
    return bytes(body)


def _made_at(response: httpx.Response) -> int | None:
    """When the answer was made: `Date` less `Age` (RFC 9110 section 6.6.1, RFC 9111 section 5.1).

    None where it does not say: without `Date`, or with either in another form, several times among them.
    """
    age = response.headers.get("Age", "0").strip()
    if not (age.isascii() and age.isdecimal() and len(age) <= MAX_AGE_DIGITS):
        return None
    try:
        return int(parsedate_to_datetime(response.headers["Date"]).timestamp()) - int(age)
    except (KeyError, ValueError, OverflowError):
        return None


def _retry_after(response: httpx.Response) -> float:
    """Seconds to wait: `Retry-After` as a number or a date (RFC 9110 section 10.2.3), else one second."""
    text = response.headers.get("Retry-After", "1")
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return 1.0
    return max(0.0, seconds) if seconds < float("inf") else 1.0
