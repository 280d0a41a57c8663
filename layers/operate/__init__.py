"""What an operator does with a workspace and a server: back up, restore, upgrade, look whether all is well, log and count."""
