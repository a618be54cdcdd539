"""crmgraph: a CRM backend as one graph, whose schema its own administrators can change.

Rooms from the bottom up: messages, errors, metadata, security, plan, sql, actions, then schema, crm, importing and
exporting beside each other, server, cli. Imports go down only.
"""
