"""What a flight is expected to cost: features known the evening before, a scorecard, a price."""
