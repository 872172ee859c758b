"""Search in the store: words, queries, the index, and what is found."""
