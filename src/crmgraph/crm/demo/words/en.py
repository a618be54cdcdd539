"""Names, places and companies of the demo's customers in the United Kingdom, Ireland and overseas."""

COUNTRY = "United Kingdom"
CODE = "en"
ENDING = "uk.example"
PHONE = "+44 {dial}###"
MOBILE = "+44 7700 900###"
STREET = "{number} {street}"
MISTER, MISS = "Mr", "Ms"

WOMEN = """
Emma Charlotte Olivia Sophie Grace Hannah Lucy Amelia Rachel Fiona Megan Priya Niamh Chloe Eleanor Isla Harriet Zoe
Bethany Aisha Caroline Victoria Joanna Siobhán
"""
MEN = """
Oliver James Harry Thomas Daniel William Samuel Callum Ewan Rhys Imran Patrick Matthew Edward Liam George Simon
Andrew Nathan Stephen Declan Gareth Marcus Adrian
"""
SURNAMES = """
Clarke; Hughes; Bailey; Turner; Patel; Morgan; Campbell; Fraser; Reid; Ward; Shaw; Marsh; Holloway; Ashworth;
Pemberton; Kaur; Doyle; Byrne; Llewellyn; Griffiths; Thornton; Barker; Sutherland; Whitaker; Okafor; Sinclair;
Chapman; Osborne; Lawson; Hargreaves; Gallagher; Nicholson; Fletcher; Ellison; Bramley; Radcliffe; Stafford;
Winters; Mercer; Aldridge
"""

CITIES = """
London | EC2A 4BX | Greater London | 51.5236 | -0.0851 | 20 7946 0
Manchester | M3 3EB | Greater Manchester | 53.4808 | -2.2426 | 161 496 0
Bristol | BS1 5TR | Bristol | 51.4545 | -2.5879 | 117 496 0
Edinburgh | EH2 2ER | City of Edinburgh | 55.9533 | -3.1883 | 131 496 0
Leeds | LS1 4AP | West Yorkshire | 53.8008 | -1.5491 | 113 496 0
Cardiff | CF10 1EP | South Glamorgan | 51.4816 | -3.1791 | 29 2018 0
Brighton | BN1 1UF | East Sussex | 50.8225 | -0.1372 | 1632 960
Norwich | NR2 1NH | Norfolk | 52.6309 | 1.2974 | 1632 960
Dublin | D02 X285 | Leinster | 53.3498 | -6.2603 | 1 | Ireland | EUR | +353 1 555 0###
Boston | 02110 | Massachusetts | 42.3601 | -71.0589 | 617 | United States | USD | +1 617 555 01##
"""
STREETS = """
High Street; Station Road; King Street; Mill Lane; Castle Terrace; Victoria Road; Queen Square; Church Street;
Harbour Walk; Park Row; Albion Street; Old Market; Bridge Street; Canal Wharf
"""

COMPANIES = """
Harbourline Hotels Group | hotel | London
Harbourline Hotel Brighton | hotel | Brighton | Harbourline Hotels Group
Harbourline Hotel Cardiff Bay | hotel | Cardiff | Harbourline Hotels Group
The Thistle & Crown Hotel | hotel | Edinburgh
Copper Kettle Coffee House | cafe | Manchester
Little Owl Roasters | cafe | Bristol
Saltmarsh Bakery | cafe | Norwich
Marlowe Street Kitchen | cafe | London
Two Rivers Tea Rooms | cafe | Leeds
Northgate Office Supplies | dealer | Leeds
Celtic Vending Services | dealer | Cardiff
Liffey Refreshments | dealer | Dublin
Ashworth & Pike Solicitors | law | Manchester
Penrose Chambers | law | London
Fairwater Dental Practice | clinic | Cardiff
St Oswald's Hospital Trust | clinic | Leeds
Meadowbank Physiotherapy | clinic | Edinburgh
Kestrel Insurance Brokers | insurance | Bristol
Caledonian Mutual | finance | Edinburgh
Bellwether Capital Partners | finance | London
Brightwell Coworking | office | London
Brightwell Coworking Brighton | office | Brighton | Brightwell Coworking
Pixel & Plum Design | design | Bristol
Tideway Software | office | London
Northern Lights Animation | design | Manchester
Wensum Valley College | school | Norwich
Severnside Logistics | transport | Bristol
Pennine Coachlines | transport | Leeds
Anvil Precision Engineering | factory | Manchester
Greenacre Leisure Centres | gym | Norwich
Greenacre Leisure Brighton | gym | Brighton | Greenacre Leisure Centres
Dunmore Biscuits | food | Dublin
Blue Heron Inns | hotel | Boston
Beacon Hill Refreshments | dealer | Boston
Charles Street Coffee Bar | cafe | Boston
"""

JOBS = """
Facilities Manager | Facilities Manager | Facilities
Office Manager | Office Manager | Administration
Head of Purchasing | Head of Purchasing | Purchasing
General Manager | General Manager | Management
Food & Beverage Manager | Food & Beverage Manager | Catering
Finance Director | Finance Director | Finance
Operations Manager | Operations Manager | Operations
Managing Director | Managing Director | Management
Workplace Coordinator | Workplace Coordinator | Human Resources
Head Barista | Head Barista | Catering
"""
