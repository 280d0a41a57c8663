"""What the command line asks of plans: plain data, ready to be printed."""
