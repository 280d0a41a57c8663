"""Doors between the outside world and checked frames. Knows no screen."""
