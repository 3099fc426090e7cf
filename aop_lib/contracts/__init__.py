"""Grain, columns and units of the frames that each stage leaves behind: one module per stage; `frames.py` holds frames against them."""
