"""What records exist, without SQL, GraphQL or a clock.

types, parts (what a record type is made of) → names, former (API names of before) → parsing, files (one TOML file,
one record type), reading (only what changed since the last time) → labels (what a type is called, in every text that
speaks of it) → registry (all of them, resolved, with inverses; sound, api_names and checking tell what is wrong with
them) → living (what of it is not retired). Condition is the one boolean language over their fields, stored how files
state conditions, declared what is wrong with rules and views, resting what needs other types; expression (parsed),
meaning (typed) and computed are calculated fields and rollups, exchange the currencies of the amounts that they take.
model (what ships, with the layers of packages over it) → bench (a draft at work), words (inputs), making → commands,
field_commands, option_commands, part_commands (the changes, by what they change) → vocabulary (all of them by name) →
changes (two registries → what is different).
packages (a layer ↔ a TOML file, which toml writes), shapes (of which kind what stands in documents must be), hidden
(what layers above a package say otherwise), upgrades (what ships otherwise than when it was changed), cdm (entities of
the Common Data Model → changes).
merging is what a record type says of two of its records becoming one.
"""
