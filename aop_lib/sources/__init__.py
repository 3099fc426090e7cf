"""Reading: sources, exports and submissions into canonical frames."""
