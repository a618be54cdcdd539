"""Entities of Microsoft's Common Data Model → drafts in the vocabulary's words, pure.

reading (the file → entities) → spelling (names and texts) → system (what the engine has by itself) → attributes (an
attribute → a field) → matching (what a record type has already) → lookups (targets and lists on the other side) →
drafts (entities → changes, and what was taken and what not).
"""
