"""The round protocol: how nodes that see for themselves come to one report, or to a reason why there is none."""
