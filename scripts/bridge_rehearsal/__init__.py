"""A backend under a bad star: killed at random and at named places, its database killed, its node's replies lost."""
