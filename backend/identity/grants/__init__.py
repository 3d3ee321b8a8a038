"""Roles of people: who gave them, since when, until when, last used."""
