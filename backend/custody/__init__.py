"""Keys kept for people without wallets, and for staff who sign for the insurer: one a person, sealed in the vault."""
