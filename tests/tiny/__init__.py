"""A company of two teams and a cycle of three small notebooks, for tests of the runner."""
