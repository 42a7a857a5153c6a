"""What the names of documents end with."""

SUFFIXES = (
    *(".html", ".htm", ".xhtml", ".md", ".markdown", ".srt", ".vtt"),
    *(".po", ".pot", ".xliff", ".xlf", ".docx"),
)
