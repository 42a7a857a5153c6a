"""Inspections for a terminal and as pictures."""
