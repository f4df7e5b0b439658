"""Proposals: the page, the switch, what an owner decides."""
