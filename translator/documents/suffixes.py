"""What the names of documents end with."""

SUFFIXES = (".srt", ".vtt", ".md", ".markdown", ".html", ".htm", ".xhtml", ".po", ".pot", ".docx")
