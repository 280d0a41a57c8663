"""The core: pure functions over frames. Reads no file, knows no screen."""
