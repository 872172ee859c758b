"""Conversations with models: what is said, how it is asked for, where it is kept."""
