"""Mailboxes in: messages become records, through the one path of every change.

command.py   the command line: files, progress, summary
run.py       one file or folder: what is known of an earlier try, batches, report
sources.py   an mbox file or a folder of messages → their bytes, one after the other
parsing.py   a message's bytes → what it says, however broken it is
headers.py   texts, names, addresses and dates of headers
bodies.py    the text of a message and the files that come with it
charsets.py  bytes → text, if need be as a guess
"""
