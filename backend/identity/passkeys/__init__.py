"""Passkeys (WebAuthn Level 3): a key in the person's own device, bound to our page."""
