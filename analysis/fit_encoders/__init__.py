"""The numbers of the packaged encoders: made once from our own texts, by commands that no site runs."""
