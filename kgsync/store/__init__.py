"""Versions on disk: what the engine may ask (base), and two backends that answer alike."""
