"""Wallets of people: linked and signed in with by EIP-4361."""
