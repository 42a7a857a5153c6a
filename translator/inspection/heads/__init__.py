"""What heads are worth, over many sentences."""
