"""The sentence encoders that come with the installation, and their mixture: texts to vectors."""
