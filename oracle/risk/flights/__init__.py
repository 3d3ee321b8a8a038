"""Pricing of flight delays: the delay model, its training and its judging."""
