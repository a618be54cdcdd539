"""How anything changes: load → check → write → events, in one transaction.

records (create, update) and upserts → trees (inputs that nest → drafts) with finding (records named by key) → action
(perform) → unit → loading → traits, values, cleaners, drafts (an input made canonical) → checks (what the database
knows) with hierarchies (nothing below itself) → numbers, amounts (what the system fills in) → sets (writes) → rules
(what must hold of what was written) → events. behaviors: what else types do at each step; locking keeps what is done
as it was, participating places people's parts in timelines, posting writes posts. deletion collects what goes with a
record, shown tells what a record is now, refusals explains what the database refused after all, ids makes record ids.
recycling brings deleted records back (bin: its mutations), history rebuilds earlier states, idempotency does once what
is sent twice, housekeeping removes what is old. declared: actions as classes, each a mutation of its own.
customize publishes change-sets of the metadata: proposals is what they would make of it, naming keeps former names;
auditing notes in the journal what is no change of a record, seals the chain of all that happened, erases and prunes;
verifying walks that chain. lasting is for work that goes on when other metadata comes into force.
tokens: access tokens, with which callers sign in. subjects finds what belongs to a person, portable hands it out,
erasing takes it out of all that is kept.
What was done offline: operations (as they are sent, and what became of them) → sync_once (a batch is carried out
once) → syncing (each operation), sync_runs (several at once) with batch_order, three_way (merged with what others
did) and savepoints.
packaging: what applying or removing a package would make of the metadata; dropping exports what is deleted for good.
merging makes one record of two (merges: which they are; following: what names the other; taking: what one takes over),
unmerging makes two of it again (reverting); planned are the system's changes of many records, savepoints take back.
"""
