"""Figures that are measured, never typed: gas, parity."""
