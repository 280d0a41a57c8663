"""One reader for each format, from bytes to plain rows; ``formats`` is their table."""
