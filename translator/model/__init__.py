"""The paper: attention, and the transformer around it."""
