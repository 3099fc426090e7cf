"""Computing: pure functions from frames and typed parameters to frames."""
