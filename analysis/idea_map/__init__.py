"""A place on the map for each idea."""
