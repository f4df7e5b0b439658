"""What readers see: themes, one theme, answers, the map."""
