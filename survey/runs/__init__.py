"""The life of a run, and the queue that wakes workers."""
