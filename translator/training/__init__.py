"""The training loop and its parts. It sees ids, never text."""
