"""The words of each language: where they end, which say nothing alone, which are one in the plural."""
