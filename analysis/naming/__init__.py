"""Names for themes, in people's own words."""
