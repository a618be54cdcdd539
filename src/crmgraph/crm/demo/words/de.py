"""Names, places and companies of the demo's customers in Germany."""

COUNTRY = "Deutschland"
CODE = "de"
ENDING = "de.example"
PHONE = "+49 {dial} 23125 ###"
MOBILE = "+49 171 39200##"
STREET = "{street} {number}"
MISTER, MISS = "Herr", "Frau"

WOMEN = """
Anna Katrin Sabine Ute Jördis Claudia Stefanie Heike Käthe Lena Franziska Birgit Monika Petra Sophie Antje Ulrike
Martina Nicole Johanna Elif Theresa Svenja Greta
"""
MEN = """
Jürgen Thomas Stefan Günther Markus Björn Sören Andreas Matthias Florian Jörg Sebastian Uwe Lukas Holger Rainer
Tobias Christoph Emre Felix Dirk Michael Volker Jannik
"""
SURNAMES = """
Müller; Schröder; Weiß; Köhler; Bäcker; Groß; Schäfer; Krüger; Hübner; Vogt; Lindner; Böhm; Fuchs; Jäger; Kühn;
Lorenz; Seidel; Brandt; Haas; Schreiber; Graf; Dietrich; Ziegler; Kuhn; Pohl; Engel; Horn; Busch; Bergmann; Voigt;
Sauer; Arnold; Pfeiffer; Yılmaz; Wendt; Thiele; Öztürk; Rößler; Strauß; Oßwald
"""

CITIES = """
Berlin | 10117 | Berlin | 52.5200 | 13.4050 | 30
München | 80331 | Bayern | 48.1372 | 11.5755 | 89
Köln | 50667 | Nordrhein-Westfalen | 50.9375 | 6.9603 | 221
Hamburg | 20095 | Hamburg | 53.5511 | 9.9937 | 40
Düsseldorf | 40213 | Nordrhein-Westfalen | 51.2277 | 6.7735 | 211
Nürnberg | 90402 | Bayern | 49.4521 | 11.0767 | 911
Görlitz | 02826 | Sachsen | 51.1526 | 14.9877 | 3581
Lübeck | 23552 | Schleswig-Holstein | 53.8655 | 10.6866 | 451
Würzburg | 97070 | Bayern | 49.7913 | 9.9534 | 931
"""
STREETS = """
Hauptstraße; Bahnhofstraße; Schillerstraße; Lindenallee; Am Markt; Goethestraße; Mühlenweg; Königstraße;
Gartenstraße; Schloßplatz; An der Weide; Brückenstraße; Zum Löwentor; Große Gasse
"""

COMPANIES = """
Elbblick Hotelgesellschaft mbH | hotel | Hamburg
Hotel Elbblick Hamburg | hotel | Hamburg | Elbblick Hotelgesellschaft mbH
Hotel Elbblick Lübeck | hotel | Lübeck | Elbblick Hotelgesellschaft mbH
Gasthof zum Löwen | hotel | Würzburg
Hotel Königshof Görlitz | hotel | Görlitz
Kaffeehaus Sonntag | cafe | Berlin
Bäckerei Grüneberg | cafe | Nürnberg
Rösterei Schwarzes Gold | cafe | Köln
Café Lindgrün | cafe | München
Konditorei Süßmilch | cafe | Lübeck
Bürobedarf Händel GmbH | dealer | Düsseldorf
Gastrotechnik Süd GmbH & Co. KG | dealer | München
Automatenservice Spree | dealer | Berlin
Kanzlei Weiß Großmann Partner | law | Köln
Notariat am Gänsemarkt | law | Hamburg
Zahnarztpraxis Dr. Böhm | clinic | Nürnberg
Klinikum Mainaue | clinic | Würzburg
Praxisgemeinschaft Lindenallee | clinic | Düsseldorf
Hanseatische Versicherungskontor AG | insurance | Hamburg
Sparverein Oberlausitz eG | finance | Görlitz
Rheinufer Vermögensverwaltung | finance | Düsseldorf
Werkraum Coworking GmbH | office | Berlin
Werkraum Coworking Köln | office | Köln | Werkraum Coworking GmbH
Studio Farbecht | design | Berlin
Quellcode Süd GmbH | office | München
Fachhochschule Altmühltal | school | Nürnberg
Spedition Brückner | transport | Lübeck
Stadtverkehr Neißetal | transport | Görlitz
Maschinenbau Österle GmbH | factory | München
Feinmechanik Größler KG | factory | Würzburg
Fitnesswerk Düsseldorf | gym | Düsseldorf
Nürnberger Lebkuchenmanufaktur Rößler | food | Nürnberg
"""

JOBS = """
Leiter Einkauf | Leiterin Einkauf | Einkauf
Büroleiter | Büroleiterin | Verwaltung
Geschäftsführer | Geschäftsführerin | Geschäftsführung
Leiter Facility Management | Leiterin Facility Management | Gebäudemanagement
Hoteldirektor | Hoteldirektorin | Direktion
Kaufmännischer Leiter | Kaufmännische Leiterin | Finanzen
Küchenchef | Küchenchefin | Küche
Inhaber | Inhaberin | Geschäftsführung
Personalreferent | Personalreferentin | Personal
Technischer Leiter | Technische Leiterin | Technik
"""
