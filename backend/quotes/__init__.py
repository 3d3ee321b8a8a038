"""Quotes: assessed by the quorum, priced by the terms, signed by the underwriter."""
