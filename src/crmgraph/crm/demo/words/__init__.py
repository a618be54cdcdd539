"""Names, places and companies of the demo, one module a language."""
