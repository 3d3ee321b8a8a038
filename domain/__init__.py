"""Insurance in plain Python: words, terms, settlement arithmetic, states.

The executable twin of the contracts: same formula, same rounding, same states. No I/O and no clock; the standard
library and one keccak. The rules are numbered in docs/settlement.md.
"""
