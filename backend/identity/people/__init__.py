"""People of an insurer: who they are, sealed."""
