"""A survey's own words and looks: its texts, its logo, the asker's picture, its colour."""
