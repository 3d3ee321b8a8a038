"""Underwriting: applications, the cases they become, and objections. The rules are domain's; here they meet rows."""
