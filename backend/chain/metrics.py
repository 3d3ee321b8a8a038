"""Numbers about the bridge for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

FIRST_ENDPOINT_UP = Gauge("quittance_rpc_first_up", "1 while the first RPC endpoint serves, 0 while the second does")
WITNESS_UP = Gauge("quittance_rpc_witness_up", "1 while the second RPC endpoint answers as a witness")
ENDPOINTS_AGREE = Gauge("quittance_rpc_endpoints_agree", "0 while the two RPC endpoints contradict each other")
INDEXED_BLOCK = Gauge("quittance_indexed_block", "Last block taken in")
HEAD_BLOCK = Gauge("quittance_head_block", "Last block of the chain as the indexer saw it")
ROLLBACKS = Counter("quittance_rollbacks_total", "Reorganisations followed by this process")
INTENTS = Gauge("quittance_intents", "Intents by where they stand", ["status"])
SENTINEL_ROWS = Counter("quittance_sentinel_rows_total", "Rows compared with the chain by the sentinel")
SENTINEL_DIFFERENCES = Counter("quittance_sentinel_differences_total", "Rows the chain contradicts")
REPLAY_DIFFERENCES = Gauge("quittance_replay_differences", "Differences the last replay found, at most twenty")
ALARMS = Gauge("quittance_chain_alarm", "1 while an alarm of the bridge stands", ["kind"])
