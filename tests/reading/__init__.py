"""Reading what teaches most, one idea at a time."""
