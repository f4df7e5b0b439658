"""The owner's day: surveys, settings, answers, Today."""
