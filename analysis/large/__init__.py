"""Large surveys: themes are found in a sample of the answers, and all others are placed in them, part by part."""
