"""The page of one case, its papers, its receipt, who might mediate it."""
