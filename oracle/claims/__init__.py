"""What one node finds out about one noticed claim, from the chain and the insurer's evidence store."""
