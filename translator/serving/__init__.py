"""Runs as a service over HTTP, with LibreTranslate's API."""
