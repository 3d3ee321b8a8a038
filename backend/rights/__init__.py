"""What people may ask about their data, and what staff does about it: consents, files, restriction, erasure."""
