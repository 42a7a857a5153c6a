"""A run as a service over HTTP, which speaks LibreTranslate's API."""
