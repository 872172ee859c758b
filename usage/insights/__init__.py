"""What the calls of the ledger tell beyond their sums: a file for each question, answered by a sheet."""
