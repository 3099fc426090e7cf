"""The workbooks that teams fill in, written: one for each team that submits, the same bytes for the same input."""
