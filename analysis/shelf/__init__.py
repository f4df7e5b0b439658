"""The shelf of packaged codebooks: which one fits answers, what it would call found themes, and checking one."""
