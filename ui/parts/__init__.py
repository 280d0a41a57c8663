"""Pieces that panels are made of."""
