"""The locked-in process that parses a file: its parent, its confinement, its work."""
