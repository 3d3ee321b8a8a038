"""Mail about accounts: links to set a password anew, and what was changed about how somebody signs in."""
