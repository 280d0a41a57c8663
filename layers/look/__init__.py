"""How things are drawn: colours, classes, overlays; no screen, no file."""
