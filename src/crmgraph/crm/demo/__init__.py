"""A demo that fills an empty database with a believable company and its past year.

Brumella makes coffee machines and water coolers. Its head office is in Madrid, its factory and warehouse in Łódź; sales
teams in Madrid, Berlin, Warsaw and London sell to hotels, cafés, offices and dealers, each in its own language and
currency. The year, counted back from today: eight months ago the company exhibits at the Horeca Forum in Poznań, which
brings leads; five months ago it launches the Brisa Duo Touch, which replaces the Brisa Classic; eleven weeks ago it
recalls the thermostats of the Font 20 water cooler, and cases, letters and angry posts come in; now its business year
is about to end, and everybody wants to close deals.

`generate` makes the records, `load_demo` loads them. The modules, in the order of the story: `story` (the pen: seeded
chance, ids, dates), `language` with `words` and `texts`, `company`, `rights`, `catalog`, `customers`, `marketing`,
`leads`, `pricing`, `deals`, `documents`, `service` with `articles`, `cases`, `topics`, `mail`, `diary`, `extras`,
`chapters`, `load`.
"""

from crmgraph.crm.demo.chapters import generate
from crmgraph.crm.demo.company import ADMINISTRATOR_EMAIL, Guest, signing_in
from crmgraph.crm.demo.load import load_demo

__all__ = ["ADMINISTRATOR_EMAIL", "Guest", "generate", "load_demo", "signing_in"]
