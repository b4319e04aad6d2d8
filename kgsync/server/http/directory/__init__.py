"""The HTML face: small readable pages of the same facts."""
