"""Who asked to be told when a result is out: an address apart from all answers, confirmed, used once, deleted."""
