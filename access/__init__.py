"""Who may sign in, how much each may ask for at once, and what other sites may not do."""
