"""Records out: rows of an extract as files, and whole installations copied, backed up and restored.

formats.py    what an export may ask for, and the formats there are
headers.py    what columns are called
delimited.py  CSV
lines.py      JSON Lines
workbook.py   XLSX
columnar.py   Parquet
run.py        an extract → the bytes of a file, piece by piece
trail.py      what an export leaves in the audit journal
folders.py    every record type as a folder that can be imported
command.py    the command line of exports
transfers.py  copy, backup, restore: every table, verified
moving.py     the command line of these
"""
