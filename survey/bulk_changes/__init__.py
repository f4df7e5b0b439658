"""What an owner does with many answers at once: recorded, done a few hundred at a time, taken back."""
