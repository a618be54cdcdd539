"""How anything changes: load → check → write → events, in one transaction.

action (perform) → unit → loading → traits, values, drafts (an input made canonical) → checks (what the database knows)
→ numbers, amounts (what the system fills in) → records, deletion (writes) → events; refusals explains what the
database refused after all, ids makes record ids; recycling brings deleted records back, history rebuilds earlier
states; declared: actions as classes, each a mutation of its own.
"""
