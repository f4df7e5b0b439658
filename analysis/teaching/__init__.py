"""What an owner's corrections teach."""
