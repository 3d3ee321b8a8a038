"""Who may do what: roles, principals, Cedar policies, row-level security."""
