"""What a finding would change in the themes that stand: shown, accepted in part or whole, taken back."""
