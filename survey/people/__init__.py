"""Who works at a survey together, how they are invited, and who looks after the owners of the site."""
