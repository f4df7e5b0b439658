"""How ideas are joined in an answer, and cut: lists, clauses, and words such as "y" and "和" of other languages."""
