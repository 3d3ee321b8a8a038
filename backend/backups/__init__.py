"""Back-ups: made on a schedule, sealed for a key that is not here, checked by restoring them (plan P28)."""
