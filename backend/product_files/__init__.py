"""Product files: handed in, checked, read in words, and made into products on the chain."""
