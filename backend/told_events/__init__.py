"""Tells the oracle nodes what is insured: the chain has only hashes, and nodes report what they know the text of."""
