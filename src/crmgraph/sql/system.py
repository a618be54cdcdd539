"""The fixed tables that no record type describes: every record's type, kept file contents, the revision, counters …"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crmgraph.metadata.registry import (
    AUDIT_TYPE,
    CHANGE_SET_TYPE,
    DELETED_TYPE,
    EVENT_TYPE,
    IMPORT_TYPE,
    INDEX_TYPE,
    OPERATION_TYPE,
    TOKEN_TYPE,
)
from crmgraph.sql.types import BigInteger, Boolean, Id, Integer, Json, Text
from crmgraph.sql.types import DateTime as Instant

RECORD, REVISION, COUNTER, CONTENT, ANSWER = "record", "revision", "counter", "content", "answer"
DOCUMENT, IMPORT_LATER = "document", "import_later"
SYNC_BATCH = "sync_batch"
MESSAGE_THREAD, ADDRESS_DUE = "message_thread", "address_due"
STORED_FILE, FILE_USE, UPLOAD, SECRET = "stored_file", "file_use", "upload", "secret"
MATCH_KEY, MATCH_SCOPE = "match_key", "match_scope"
PACKAGE, CUSTOMIZATION = "package", "customization"
TIMELINE_PIN, TIMELINE_BOOKMARK, TIMELINE_SEEN = "timeline_pin", "timeline_bookmark", "timeline_seen"
REMINDER_MARK = "reminder_mark"
AUDIT_LINK, AUDIT_GONE = "audit_link", "audit_gone"
EVENT, DELETED, IMPORT = EVENT_TYPE, DELETED_TYPE, IMPORT_TYPE  # tables of record types that the system writes
CHANGE_SET, OPERATION, INDEX, TOKEN = CHANGE_SET_TYPE, OPERATION_TYPE, INDEX_TYPE, TOKEN_TYPE  # and these
AUDIT_ENTRY = AUDIT_TYPE  # and this


def add_import_table(metadata: sa.MetaData) -> None:
    """What imports put aside."""
    sa.Table(  # what imports put aside until later rows are there
        IMPORT_LATER,
        metadata,
        sa.Column("import_id", Id(), primary_key=True),
        sa.Column("number", BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("content", Json(), nullable=False),
    )


def add_system_tables(metadata: sa.MetaData) -> None:
    """Put the fixed tables into a MetaData."""
    sa.Table(
        RECORD,
        metadata,
        sa.Column("id", Id(), primary_key=True),
        sa.Column("type", Integer(), nullable=False),
    )
    add_catalog_tables(metadata)
    add_audit_tables(metadata)
    add_mark_tables(metadata)
    add_reminder_table(metadata)
    add_offline_tables(metadata)
    add_thread_table(metadata)
    add_file_tables(metadata)
    add_match_tables(metadata)
    sa.Table(
        COUNTER,
        metadata,
        sa.Column("name", Text(), primary_key=True),
        sa.Column("value", BigInteger(), nullable=False),
    )
    sa.Table(  # contents of files as databases of before the storage kept them, until these are moved there; base64
        CONTENT,
        metadata,
        sa.Column("hash", Text(), primary_key=True),
        sa.Column("content", Text(), nullable=False),
    )
    sa.Table(  # the answers to operations with an idempotency key
        ANSWER,
        metadata,
        sa.Column("user_id", Id(), primary_key=True),
        sa.Column("key", Text(), primary_key=True),
        sa.Column("digest", Text(), nullable=False),
        sa.Column("answer", Text()),
        sa.Column("created_on", Instant(), nullable=False),
        sa.Index("ix_answer_created_on", "created_on"),
    )
    sa.Table(  # GraphQL documents that clients may name by their id
        DOCUMENT,
        metadata,
        sa.Column("id", Text(), primary_key=True),
        sa.Column("body", Text(), nullable=False),
        sa.Column("name", Text()),
        sa.Column("client", Text()),
        sa.Column("created_on", Instant(), nullable=False),
    )
    add_import_table(metadata)


def add_thread_table(metadata: sa.MetaData) -> None:
    """Which messages belong together, those that were only referred to among them; whose addresses are awaited."""
    sa.Table(
        MESSAGE_THREAD,
        metadata,
        sa.Column("message_id", Text(), primary_key=True),
        sa.Column("thread", Text(), nullable=False),
        sa.Index("ix_message_thread_thread", "thread"),
    )
    goes = sa.ForeignKey(f"{RECORD}.id", name="fk_address_due_record_id", ondelete="CASCADE")
    sa.Table(  # addresses that records got and for which more parts wait than one write takes
        ADDRESS_DUE,
        metadata,
        sa.Column("address", Text(), primary_key=True),
        sa.Column("record_id", Id(), goes, nullable=False),
        sa.Column("ambiguous", Integer(), nullable=False),
        sa.Index("ix_address_due_record_id", "record_id"),
    )


def add_mark_tables(metadata: sa.MetaData) -> None:
    """What people mark in timelines: pinned for everybody, kept for oneself, seen so far. It goes with the records."""

    def names(column: str) -> sa.Column[Any]:
        goes = sa.ForeignKey(f"{RECORD}.id", name=f"fk_timeline_{column}", ondelete="CASCADE")
        return sa.Column(column, Id(), goes, primary_key=True)

    sa.Table(
        TIMELINE_PIN,
        metadata,
        names("subject_id"),
        names("entry_id"),
        sa.Column("made_by_id", Id()),
        sa.Column("made_on", Instant(), nullable=False),
        sa.Index("ix_timeline_pin_entry_id", "entry_id"),
    )
    sa.Table(
        TIMELINE_BOOKMARK,
        metadata,
        names("user_id"),
        names("subject_id"),
        names("entry_id"),
        sa.Column("made_on", Instant(), nullable=False),
        sa.Index("ix_timeline_bookmark_subject_id", "subject_id"),
        sa.Index("ix_timeline_bookmark_entry_id", "entry_id"),
    )
    sa.Table(
        TIMELINE_SEEN,
        metadata,
        names("user_id"),
        names("subject_id"),
        sa.Column("seen_until", Instant(), nullable=False),
        sa.Index("ix_timeline_seen_subject_id", "subject_id"),
    )


def add_reminder_table(metadata: sa.MetaData) -> None:
    """Until when people do not want to be reminded of what a date reminds of: not at all without a moment."""

    def names(column: str) -> sa.Column[Any]:
        goes = sa.ForeignKey(f"{RECORD}.id", name=f"fk_reminder_mark_{column}", ondelete="CASCADE")
        return sa.Column(column, Id(), goes, primary_key=True)

    sa.Table(
        REMINDER_MARK,
        metadata,
        names("user_id"),
        names("record_id"),
        sa.Column("remind_on", Instant(), nullable=False),
        sa.Column("until", Instant()),
        sa.Index("ix_reminder_mark_record_id", "record_id"),
    )


def add_offline_tables(metadata: sa.MetaData) -> None:
    """What clients sent after working offline."""
    batch = sa.Table(  # batches that clients sent after working offline; the answer goes after a time, the row stays
        SYNC_BATCH,
        metadata,
        sa.Column("user_id", Id(), primary_key=True),
        sa.Column("batch_id", Text(), primary_key=True),
        sa.Column("digest", Text(), nullable=False),
        sa.Column("answer", Text()),
        sa.Column("created_on", Instant(), nullable=False),
    )
    answered = batch.c.answer.is_not(None)
    sa.Index("ix_sync_batch_created_on", batch.c.created_on, postgresql_where=answered, sqlite_where=answered)


def add_file_tables(metadata: sa.MetaData) -> None:
    """The contents of files in the storage, by their SHA-256, and whose they are."""
    stored = sa.Table(
        STORED_FILE,
        metadata,
        sa.Column("sha256", Text(), primary_key=True),
        sa.Column("size", BigInteger(), nullable=False),
        sa.Column("made_on", Instant(), nullable=False),
        sa.Column("touched_on", Instant(), nullable=False),  # when somebody last sent it or began to use it
        sa.Column("loose", Boolean(), nullable=False),  # whether it may be that no record has it
    )
    some = sa.text("loose")
    sa.Index("ix_stored_file_loose", stored.c.touched_on, postgresql_where=some, sqlite_where=some)
    sa.Table(  # the records that have a content, or had it and may be brought back to that
        FILE_USE,
        metadata,
        sa.Column("record_id", Id(), primary_key=True),
        sa.Column("sha256", Text(), primary_key=True),
        sa.Index("ix_file_use_sha256", "sha256"),
    )
    sa.Table(  # contents that users sent ahead of the record that is to have them
        UPLOAD,
        metadata,
        sa.Column("id", Id(), primary_key=True),
        sa.Column("user_id", Id()),
        sa.Column("name", Text(), nullable=False),
        sa.Column("mime_type", Text(), nullable=False),
        sa.Column("size", BigInteger(), nullable=False),
        sa.Column("sha256", Text(), nullable=False),
        sa.Column("made_on", Instant(), nullable=False),
        sa.Column("used", Boolean(), nullable=False),
        sa.Index("ix_upload_made_on", "made_on"),
        sa.Index("ix_upload_user_id", "user_id"),
        sa.Index("ix_upload_sha256", "sha256"),
    )
    sa.Table(  # random keys of this installation: what it signs with
        SECRET,
        metadata,
        sa.Column("name", Text(), primary_key=True),
        sa.Column("value", Text(), nullable=False),
    )


def add_match_tables(metadata: sa.MetaData) -> None:
    """What makes duplicates found: keys that records share, and how far those of each rule are built."""
    sa.Table(
        MATCH_KEY,
        metadata,
        sa.Column("key", BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("record_id", Id(), primary_key=True),
        sa.Column("scope", BigInteger(), nullable=False),  # of a rule as it was when the key was made
        sa.Column("texts", Text()),  # that must be similar too
        sa.Index("ix_match_key_record_id", "record_id"),
    )
    sa.Table(
        MATCH_SCOPE,
        metadata,
        sa.Column("scope", BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("type", Integer(), primary_key=True, autoincrement=False),
        sa.Column("position", Id()),  # the last record whose keys were made
        sa.Column("done", BigInteger(), nullable=False),
        sa.Column("total", BigInteger(), nullable=False),
        sa.Column("finished_on", Instant()),
    )


def add_audit_tables(metadata: sa.MetaData) -> None:
    """The chain of all transactions that left events or entries of the audit journal."""
    link = sa.Table(
        AUDIT_LINK,
        metadata,
        sa.Column("unit_id", Id(), primary_key=True),
        sa.Column("events", BigInteger(), nullable=False),  # and entries: how many rows it has
        sa.Column("first_id", Id(), nullable=False),  # of its rows; with the last one a range of the tables' keys
        sa.Column("last_id", Id(), nullable=False),
        sa.Column("last_hash", Text(), nullable=False),
        sa.Column("made_on", Instant(), nullable=False),
        sa.Column("sequence", BigInteger()),  # its place, once it is sealed
        sa.Column("hash", Text()),
    )
    sa.Index("uq_audit_link_sequence", link.c.sequence, unique=True)
    unsealed = link.c.sequence.is_(None)
    sa.Index("ix_audit_link_unsealed", link.c.unit_id, postgresql_where=unsealed, sqlite_where=unsealed)
    sa.Table(  # what is left of events that went with a dropped record type: the chain goes through them
        AUDIT_GONE,
        metadata,
        sa.Column("id", Id(), primary_key=True),
        sa.Column("unit_id", Id(), nullable=False),
        sa.Column("hash", Text(), nullable=False),
        sa.Column("entry_id", Id(), nullable=False),  # of the audit journal: it has the digest of all that it let go
    )


def add_catalog_tables(metadata: sa.MetaData) -> None:
    """The revision in force, and what administrators have customized."""
    sa.Table(  # one row: the metadata in force, the oldest whose operations it still answers alike, and who may do what
        REVISION,
        metadata,
        sa.Column("number", Integer(), primary_key=True, autoincrement=False),
        sa.Column("answers_from", Integer(), nullable=False),
        sa.Column("access", Integer(), nullable=False, server_default="0"),  # raised whenever rights change
    )
    sa.Table(  # packages of customizations in the order in which they are laid over what ships
        PACKAGE,
        metadata,
        sa.Column("name", Text(), primary_key=True),
        sa.Column("number", Integer(), nullable=False),
        sa.Column("content", Json(), nullable=False),
    )
    sa.Table(  # what a package says of one record type or option set, and what it found there
        CUSTOMIZATION,
        metadata,
        sa.Column("package", Text(), primary_key=True),
        sa.Column("element", Text(), primary_key=True),
        sa.Column("content", Json(), nullable=False),
        sa.Column("base", Json(), nullable=False),
    )


def fixed_tables() -> sa.MetaData:
    """The fixed tables alone."""
    metadata = sa.MetaData()
    add_system_tables(metadata)
    return metadata


SYSTEM_TABLES = frozenset(fixed_tables().tables)  # names that no record type may have
