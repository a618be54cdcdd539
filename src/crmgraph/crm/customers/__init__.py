"""What is done when customers are written: names of people, the primary contact of a company, connections both ways.

names (a person's full name from its parts), company (which people belong to which company), connections.
"""
