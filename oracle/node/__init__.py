"""One oracle node: observes, assesses, and signs only what agrees with what it saw itself."""
