"""The living page: a model in one HTML file."""
