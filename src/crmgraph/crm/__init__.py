"""What a CRM is: the standard model, one TOML file a record type, by subject; demo tells a company's year,
dynamics what Microsoft calls it all, people who signs in (users, shipped roles) for the command line.
"""
