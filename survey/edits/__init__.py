"""The log of what owners, and findings, changed in the themes of a survey: recorded, undone, redone."""
