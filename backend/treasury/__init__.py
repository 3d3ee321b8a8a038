"""The insurer's money, as its events tell it."""
