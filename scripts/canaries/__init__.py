"""Personal values that nobody has, planted through the API and searched for wherever data ends up."""
