"""The map of the page: its host, what is drawn on it, and how it gets there."""
