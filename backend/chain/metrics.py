"""Numbers about the bridge for Prometheus that only the process that works on it knows. The rest is read from the
database when it is asked for: `backend.observability.house`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

FIRST_ENDPOINT_UP = Gauge("quittance_rpc_first_up", "1 while the first RPC endpoint serves, 0 while the second does")
WITNESS_UP = Gauge("quittance_rpc_witness_up", "1 while the second RPC endpoint answers as a witness")
ENDPOINTS_AGREE = Gauge("quittance_rpc_endpoints_agree", "0 while the two RPC endpoints contradict each other")
ROLLBACKS = Counter("quittance_rollbacks_total", "Reorganisations followed by this process")
SENTINEL_ROWS = Counter("quittance_sentinel_rows_total", "Rows compared with the chain by the sentinel")
SENTINEL_DIFFERENCES = Counter("quittance_sentinel_differences_total", "Rows the chain contradicts")
REPLAY_DIFFERENCES = Gauge("quittance_replay_differences", "Differences the last replay found, at most twenty")
for _fine in (FIRST_ENDPOINT_UP, WITNESS_UP, ENDPOINTS_AGREE):
    _fine.set(1)  # until this process finds otherwise
