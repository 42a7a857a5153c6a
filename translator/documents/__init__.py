"""Documents, translated: their text, and nothing else of them."""
