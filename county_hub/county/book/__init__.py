"""One case as the county looks at it: what is next, its trace with proofs, its papers, what is like it."""
