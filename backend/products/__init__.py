"""Products as the chain and their documents tell them."""
