"""What can go wrong with a back-up. Each text says what to do."""

from __future__ import annotations


class BackupFailed(Exception):
    """A back-up could not be made. What was there before is untouched."""


class BackupInvalid(Exception):
    """A back-up is not what was made, or not one at all."""


class BackupKeyInvalid(Exception):
    """A key for back-ups is missing, malformed, readable by others, or not the one it was sealed for."""


class RestoreFailed(Exception):
    """A back-up could not be restored. The database it was meant for is as before."""
