"""Models learned from data: one pipeline, honest splits, a card for each. They sort and flag; they never deny."""
