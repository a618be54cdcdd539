"""Where the contents of files lie: a directory, S3-compatible storage or memory, each content once, by its SHA-256.

addresses.py  how a storage's place is written down, and where it is if nobody says
places.py     a storage's address and options → what reads and writes objects there
store.py      the store: contents in, out in ranges, listed, removed
"""
