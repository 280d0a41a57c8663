"""The panels beside the map, one module each with a function ``show``."""
