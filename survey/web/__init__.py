"""What every page shares: access, limits, headers, errors."""
