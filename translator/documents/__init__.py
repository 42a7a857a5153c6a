"""Translates the text of documents, and nothing else."""
