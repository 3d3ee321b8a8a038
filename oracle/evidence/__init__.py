"""Where nodes look: one interface, one file for each source."""
