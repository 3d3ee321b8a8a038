"""A whole insurer with real oracle nodes on a local chain: claims are notified, bills read, reports mined.

Nothing here is played: chain, contracts, bills, evidence store and node processes are real; only the people's keys are
derived from names, and all of it runs on one machine.
"""
