"""One run, whole: its directory, its training, its scores."""
