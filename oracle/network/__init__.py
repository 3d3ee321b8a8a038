"""Rounds between nodes over HTTP: requests seen on chain, statements in and out, reports handed in, scores kept."""
