"""A black-box conformance suite for servers that speak the KnowledgeGraphServer 12.1 replica wire."""
