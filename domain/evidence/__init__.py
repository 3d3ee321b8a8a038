"""Evidence of a claim as the insurer keeps it and nodes check it: what is taken, and the root that binds it."""
