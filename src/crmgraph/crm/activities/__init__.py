"""What is done beside writing activities: who takes part in them, which messages belong together, when they take place.

matching.py     whose address is it, of those whom the caller may see
parties.py      parties by their addresses, the texts of messages from their parties, and the other way round
resolving.py    parties that wait for somebody are given to whoever gets their address
threads.py      a message's ids, its conversation, what it answers
taking.py       messages from files → values of e-mails
spans.py        start, end and duration
schedule.py     when activities take place, their reminders and their place in timelines
recurrence.py   rules of RFC 5545 and the fields that say the same
plans.py        what a series says, and how far its occurrences have been made
series.py       what is written of a series
expansion.py    its occurrences: made, moved, let go
occurrences.py  one of them on its own; who takes part
upkeep.py       series are carried on while time passes
closing.py      completed, canceled, opened again
converting.py   activities → opportunities, leads, cases
splitting.py    series are split and ended
"""
