"""The effect of heads, measured over many sentences."""
