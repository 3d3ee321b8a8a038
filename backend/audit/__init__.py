"""Who did what, in an order nobody can change unseen: a hash-chained log with heads on chain."""
