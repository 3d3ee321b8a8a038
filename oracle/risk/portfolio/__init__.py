"""Portfolios: applications as columns, assessed to the numbers of the one-by-one path; resumable, also on a cluster."""
