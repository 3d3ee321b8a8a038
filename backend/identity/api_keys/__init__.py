"""Keys of machines: oracle nodes, institutions, the insurer's own programs."""
