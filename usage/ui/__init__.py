"""The Usage tab: what was spent and on what, one file for each of its views."""
