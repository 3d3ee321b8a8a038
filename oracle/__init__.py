"""Sees the world and signs what it saw: evidence sources, the delay model, and the node."""
