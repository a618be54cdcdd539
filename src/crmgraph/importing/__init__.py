"""Files in: what stands in CSV files, workbooks and mailboxes becomes records, through the one path of every change.

command.py   the command line: files or a plan of several, progress, summary
plans.py     several files in order, and records that must be there before them
run.py       one file: survey, what is known of an earlier try, the job, report
register.py  the import's row in the database: a new one, or one that goes on
job.py       batches and second pass, each transaction with how far it has come
chunks.py    the file's rows in batches, read while those before are written
mapping.py   the map file: format of the file, rules of its columns and fields
opening.py   a file's bytes, inflated while they are read
workbook.py  a sheet of a workbook → lines of cells
propose.py   a map to start from, for people to check
encodings.py encodings that a file may have, as a proposal
reader.py    bytes → lines of cells; wrong encodings, delimiters and quotes are refused
prepare.py   header and map → what fills each field
sources.py   the text of a field: a column, several, or none
cells.py     a text → a canonical value, never guessed
survey.py    the first reading, before anything is written: what is ambiguous, what points forward
circles.py   rows that would stand below themselves
parts.py     the records that a row becomes: one, or several of different types
promises.py  by what values rows will name others, until one is refused
rows.py      a row as values
batch.py     some rows in one transaction
lookups.py   the records that texts name
writing.py   create and update, dropping what is refused
later.py     the second pass over what pointed forward
undo.py      an import taken back
mutations.py the same through the API: an upload that is imported in the background
asking.py    what is asked for, as the import's row keeps it
queue.py     which of them a server takes up next
jobs.py      one of them, in a process of its own
storage.py   their files: what may be downloaded, what is too old
manage.py    the command line's list and undo
rejects.py   what was refused, with its reasons, as a file that can be imported again
report.py    how far an import has come
problems.py  the refusals
mail/        mbox files and folders of messages
"""
