"""States to text: search, and what makes text of its outcome."""
