"""How much a claim looks like fraud: rules and a model, told in words. It directs attention; it never denies."""
