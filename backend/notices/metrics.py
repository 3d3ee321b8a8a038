"""What is counted of notices. Labels say kinds and ways, never whom."""

from prometheus_client import Counter

NOTICES = Counter("quittance_notices_total", "Attempts to send notices.", ("kind", "channel", "outcome"))
