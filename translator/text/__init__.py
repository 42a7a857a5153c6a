"""Text to ids to batches."""
