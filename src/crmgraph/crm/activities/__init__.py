"""What is done beside writing activities: who takes part in them, and which messages belong together.

matching.py   whose address is it, of those whom the caller may see
parties.py    parties by their addresses, the texts of messages from their parties, and the other way round
resolving.py  parties that wait for somebody are given to whoever gets their address
threads.py    a message's ids, its conversation, what it answers
taking.py     messages from files → values of e-mails
"""
