"""Short answers that say nothing, by their meaning: what no list of words can have in every language."""
