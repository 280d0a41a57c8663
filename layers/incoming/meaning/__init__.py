"""What columns and values of a planner's file mean: names, words, defaults, people, lines."""
