"""Orders about indemnity policies: changes that underwriter and holder sign, and ends the holder signs."""
