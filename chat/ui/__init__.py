"""The Chat tab and the sidebar."""
