"""What a session remembers, and the work it has done aside."""
