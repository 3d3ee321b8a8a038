"""Where nodes look: one interface (`facts.Source`), one file for each source."""
