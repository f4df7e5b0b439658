"""What a run found, as pages and files read it."""
