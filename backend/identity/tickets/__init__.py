"""Secrets for one use: invitations, resets, challenges, nonces."""
