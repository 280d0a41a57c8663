"""Rows as they are read: shapes, texts, values, and the table that carries them."""
