"""Where-clauses in openCypher: text to tree, tree bound to a data model, and what it means."""
