"""How high a risk is and what it is expected to cost: applications, tables, scorecards, models, decisions, fraud."""
