"""Who may sign in, and what no other site may ask."""
