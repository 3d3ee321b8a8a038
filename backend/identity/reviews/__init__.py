"""Who can do what, since when, last used: for the regular review of access."""
