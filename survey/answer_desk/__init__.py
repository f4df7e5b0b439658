"""The owner's Answers page: lists them by what is asked for, and does things with one, some or all that match."""
