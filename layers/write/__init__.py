"""Files that leave the program, one module a format."""
