"""Pages that leave the program: the report and the map that a planner mails around."""
