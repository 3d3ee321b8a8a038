"""Reports, closed events and payments."""
