"""What an operator watches, in Prometheus' format."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS = (0.25, 0.5, 1, 2, 3, 4, 6, 10, 20, 60)


class Metrics:
    """Counters of one node. Label values are codes and addresses, never anything about a person."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._started = Counter("quittance_rounds_started", "Requests this node took part in", registry=registry)
        self._ended = Counter("quittance_rounds_ended", "Rounds by where they led", ["path"], registry=registry)
        self._seconds = Histogram("quittance_round_seconds", "From request to end", buckets=SECONDS, registry=registry)
        self._observing = Histogram(
            "quittance_observation_seconds", "To look at one claim", buckets=SECONDS, registry=registry
        )
        self._unobserved = Counter("quittance_unobserved", "Claims this node could not see", registry=registry)
        self._objections = Counter(
            "quittance_objections", "Reasons against a report", ["node", "code"], registry=registry
        )
        self._sent = Counter("quittance_statements_sent", "By peer and result", ["peer", "result"], registry=registry)
        self._received = Counter("quittance_statements_received", "By result", ["result"], registry=registry)
        self._handed_in = Counter("quittance_handed_in", "Reports handed in, by result", ["result"], registry=registry)
        self._refused = Counter("quittance_refusals", "What this node refused to join", ["code"], registry=registry)
        self._chain_errors = Counter("quittance_chain_errors", "Reads of the chain that failed", registry=registry)
        self._head = Gauge("quittance_final_block", "Newest block that counts as final", registry=registry)
        self._open = Gauge("quittance_rounds_open", "Rounds under way", registry=registry)

    def render(self) -> bytes:
        """All of them as text."""
        return generate_latest(self.registry)

    def sent(self, peer: str, result: str) -> None:
        """A statement went out."""
        self._sent.labels(peer, result).inc()

    def received(self, result: str) -> None:
        """A statement came in: `taken`, `early`, `late`, `dropped`, `refused` or, by a dry run, `dry_run`."""
        self._received.labels(result).inc()

    def started(self, open_rounds: int) -> None:
        """A round began."""
        self._started.inc()
        self._open.set(open_rounds)

    def ended(self, path: str, took_ms: int, open_rounds: int) -> None:
        """A round ended."""
        self._ended.labels(path).inc()
        self._seconds.observe(took_ms / 1_000)
        self._open.set(open_rounds)

    def observed(self, seconds: float, *, seen: bool) -> None:
        """This node has looked at a claim."""
        self._observing.observe(seconds)
        if not seen:
            self._unobserved.inc()

    def objected(self, node: str, code: str) -> None:
        """A node had something against a report."""
        self._objections.labels(node, code).inc()

    def handed_in(self, result: str) -> None:
        """A report was handed in: `mined`, `by_another`, `reverted` or `expired`."""
        self._handed_in.labels(result).inc()

    def refused(self, code: str) -> None:
        """This node did not join something."""
        self._refused.labels(code).inc()

    def chain_failed(self) -> None:
        """A read of the chain failed."""
        self._chain_errors.inc()

    def final_block(self, number: int) -> None:
        """The newest final block."""
        self._head.set(number)
