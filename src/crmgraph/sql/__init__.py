"""How the database is asked: the only home of SQLAlchemy, Alembic and the drivers.

Tables: types, system, tables → migrate, autogenerate, engines. Reading: compile (a plan's statement) → lists, pages,
timelines, summaries, searches, figures, changes, feed with feed_window (what changed since) → conditions, scope →
phrases, one set for each database, chosen by
dialect; computed is what is reckoned where a calculated field stands, formulas_postgresql and formulas_sqlite are
its formula; functions are what SQLite lacks, moments how PostgreSQL counts time, layout shows statements to people.
walks go through hierarchies, paths from one record to another.
Row by row: extracts (a list's plan → columns of texts, or JSON texts), snapshots (one state, streamed). Writing:
rows, writes, bulk (many new records), probes, references, judging (what breaks rules); recycling is the bin of
deleted records, past what is kept of earlier states, answers what is kept by idempotency key,
batches what is kept of offline work, documents what clients
may name by an id, recorded which operations they send. chain makes the digests of what happened, links chains the
transactions, audit is the journal of what is no change of a record. Publishing: customizations and changesets are its
rows, ddl its statements, rowchecks what is counted before, locks what it holds, keying gives stored texts their sort
keys, builds the indexes that are made afterwards; inforce are the tables that came of it. Running: database, with
postgres and sqlite behind it; loop runs commands; usage counts what an operation costs; catalog knows who calls,
tokens what they sign in with, subjects finds texts about a person in all that is kept and takes them out.
merges tells which record went into which other one.
"""
