"""Between database and chain: indexer, relayer, oracle nodes, the sender's journal."""
