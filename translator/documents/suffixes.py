"""The suffixes of documents."""

SUFFIXES = (
    *(".html", ".htm", ".xhtml", ".md", ".markdown", ".srt", ".vtt"),
    *(".po", ".pot", ".xliff", ".xlf", ".docx"),
)
