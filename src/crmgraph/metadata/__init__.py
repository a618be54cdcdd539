"""What records exist, without SQL, GraphQL or a clock.

types (what a record type is made of) → names → files (one TOML file, one record type), reading (only what changed since
the last time) → labels (what a type is called, in every text that speaks of it) → registry (all of them, resolved and
checked); condition is the one boolean language over their fields.
"""
