"""Translates the text of documents and leaves everything else unchanged."""
