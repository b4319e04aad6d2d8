"""The KnowledgeGraphServer face."""
