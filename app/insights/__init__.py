"""Counts for vendors of what became of their own listings: late, and without saying which body."""
