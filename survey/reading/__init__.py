"""Read these next: the ideas whose reading teaches most, one at a time, each decided with one key."""
