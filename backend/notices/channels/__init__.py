"""Ways to the outside."""
