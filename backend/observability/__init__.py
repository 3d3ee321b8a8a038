"""What an operator sees of the house: logs, metrics, traces. Ids, codes and counts; nobody's name, and no key."""
