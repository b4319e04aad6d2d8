"""Where-clauses (openCypher, SQL-92). Empty for now: definitions with a clause are refused."""
