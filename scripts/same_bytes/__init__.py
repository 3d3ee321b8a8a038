"""Two nodes in surroundings as unlike as this machine has, the same inputs, and every byte they would sign compared."""
