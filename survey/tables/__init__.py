"""The tables that leave the site: what their columns are, and their rows, read from the database."""
