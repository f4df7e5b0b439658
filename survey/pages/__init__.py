"""Blueprints, one per visitor: respond, results, manage, account."""
