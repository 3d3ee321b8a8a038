"""One-time codes of an app (RFC 6238), and codes for when the app is lost."""
