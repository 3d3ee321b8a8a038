"""Sign-in of staff at the insurer's own OpenID provider."""
