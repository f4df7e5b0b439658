"""Themes that stand from run to run: kept, found again under the owner's decisions, and compared."""
