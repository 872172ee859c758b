"""What can be asked about the calls: a file for each question, with its SQL and its answer's sheet."""
