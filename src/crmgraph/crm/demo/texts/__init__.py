"""What the demo people write to each other, one module a language."""
