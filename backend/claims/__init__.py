"""Cases of claims as people work on them: notice of loss, decisions, orders, where each stands. The chain decides."""
