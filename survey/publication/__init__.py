"""What may be given away: files for readers and for publishing, without words, sources, times or small groups."""
