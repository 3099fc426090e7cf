"""Showing: blocks, tables, charts and pages."""
