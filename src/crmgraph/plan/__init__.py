"""What an operation means, as a plan that compares, prints and needs no database.

planner (root fields) → selection (fields by response key) → records (a record's object) → connections (lists), groups
(figures), changes (a change's fields), feed (what changed since a cursor) → where, paging (arguments), each through
arguments (what stands in the document) and convert (values), with context carried along and cursor there and back;
tree (with order and sources in it) is what comes out, members and text what all of them know. computed resolves
calculated fields and rollups, narrowed what types declare beside relations (lists, warnings), stored_where conditions
that files keep, timeline what happened to records; hierarchies are walks up and down, paths plans ways between
records (ways).
"""
