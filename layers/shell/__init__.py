"""What the command line prints and what it asks of plans: plain data and words, ready to be printed."""
