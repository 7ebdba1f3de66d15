"""Questions to the finished evaluations, one file each: every file makes a table, and a plot of it."""
