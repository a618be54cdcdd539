"""What customers and colleagues write in German. `THREADS`: about what, who begins, subject, messages."""

GREETING = "Guten Tag {mr} {last},|Hallo {first},|Guten Morgen {mr} {last},"
CLOSING = "Mit freundlichen Grüßen|Viele Grüße|Beste Grüße"

THREADS = """
@ opportunity | in
Angebot über {quantity} × {product}
--
wir bauen unsere Räume in {city} um und brauchen {quantity} × {product}. Können Sie uns einen Preis mit Lieferung und
Einbau nennen? Wir möchten uns bis zum {date} entscheiden.
--
vielen Dank für Ihre Anfrage. Ab {quantity} Stück erhalten Sie unseren Mengenrabatt; alles zusammen kostet {amount}
  zzgl.
MwSt., der Einbau ist enthalten. Soll ich schon einen Termin bei unserer Technik vormerken?
--
das liegt im Budget. Bitte schicken Sie das verbindliche Angebot, ich lege es diese Woche der Geschäftsführung vor.
@ opportunity | out
Ein Testgerät für zwei Wochen
--
wie besprochen stellen wir Ihnen gern für zwei Wochen eine {product} kostenlos in Ihr Haus, Kaffee für die ersten Tage
inklusive. Sie brauchen nur eine Steckdose und bei Festwasser einen Kaltwasseranschluss.
--
das Team freut sich schon. Montagvormittag passt uns am besten, der Empfang weiß Bescheid.
@ opportunity | in
Eine Frage zu Ihrem Angebot
--
bevor wir unterschreiben: Ist die jährliche Wartung in den {amount} enthalten, und wie schnell kommt jemand, wenn am
Wochenende eine Maschine ausfällt?
--
die erste Wartung ist enthalten. Mit dem Goldvertrag sind wir binnen acht Arbeitsstunden vor Ort, auch samstags. Ich
  habe
die Servicestufen angehängt und die beiden Zeilen markiert, um die es Ihnen geht.
@ opportunity | out
Unser Besuch in {city}
--
danke, dass Sie sich Zeit genommen haben. Wir haben Frühstücksraum und Küche vermessen: {quantity} × {product} passen,
wenn die Theke um 20 cm versetzt wird. Die Zeichnung bekommen Sie bis zum {date}.
--
angekommen, danke. Der Tischler bestätigt die 20 cm. Bitte erstellen Sie das Angebot.
@ opportunity | in
Der Preis im Vergleich
--
ich will offen sein: Uns liegt ein Angebot vor, das 8 % unter Ihrem liegt. Wir möchten lieber Ihre Maschinen, aber ich
muss den Unterschied unserer kaufmännischen Leitung erklären. Geht noch etwas?
--
ich habe mit meiner Vorgesetzten gesprochen. Den Preis der {product} können wir nicht senken, aber wir legen den
Schulungstag und den Kaffee der ersten drei Monate dazu. Aufs Jahr gesehen ist das mehr wert als die 8 %.
--
das hilft mir. Geben Sie es mir schriftlich, dann hole ich die Unterschrift ein.
@ order | in
Liefertermin für Auftrag {number}
--
wann kommen {quantity} × {product} bei uns an? Wir eröffnen am {date}, und die Monteure brauchen zwei Tage.
--
Ihre Ware verlässt am Donnerstag unser Lager in Łódź, die Spedition meldet sich eine Stunde vorher. Ihre Monteure
  können
mit dem {date} planen.
@ order | out
Ihr Auftrag {number} ist unterwegs
--
gute Nachricht: {quantity} × {product} sind heute rausgegangen. Der Techniker bringt den Wasserfilter mit und bleibt,
  bis
der erste Espresso schmeckt.
@ invoice | out
Rechnung {number}
--
anbei erhalten Sie die Rechnung {number} über {amount}, zahlbar bis zum {date}. Falls Ihre Bestellnummer darauf stehen
muss, sagen Sie mir kurz Bescheid, dann kommt eine berichtigte Fassung.
--
danke, die Rechnung liegt in der Buchhaltung und geht mit dem nächsten Zahllauf raus.
@ invoice | out
Zahlungserinnerung: Rechnung {number}
--
nach unseren Unterlagen ist die Rechnung {number} über {amount} noch offen. Vielleicht hat sich Ihre Zahlung mit
  diesem
Schreiben überschnitten; dann betrachten Sie es bitte als gegenstandslos.
--
bitte entschuldigen Sie, es fehlte noch eine Unterschrift. Die Überweisung geht heute raus.
@ lead | out
Schön, dass wir uns auf der Messe getroffen haben
--
danke für Ihren Besuch an unserem Stand. Sie hatten nach der {product} gefragt; Datenblatt und Preisliste hängen an.
  Darf
ich nächste Woche anrufen und fragen, wie viele Personen Sie versorgen möchten?
--
gern. Wir sind etwa 60 Leute auf zwei Etagen, und die jetzige Maschine pfeift aus dem letzten Loch.
@ lead | in
Anfrage über Ihre Website
--
wir suchen eine Maschine für die Kantine, rund 80 Tassen am Tag, leicht zu reinigen. Vermieten Sie auch?
--
80 Tassen am Tag sind genau richtig für die {product}. Sie können kaufen oder über 36 Monate mit Wartung mieten. Wann
passt Ihnen ein kurzer Besuch?
@ account | out
Die neue Brisa Duo Touch ist da
--
heute stellen wir die Brisa Duo Touch vor: zwei Kaffees auf einmal, ein Milchsystem, das sich selbst reinigt, und 30 %
weniger Verbrauch im Stand-by. Als Kunde bekommen Sie sie vier Wochen vor dem Handel zum Einführungspreis.
--
sieht sehr gut aus. Kann man sie in der Nähe von {city} ansehen?
@ account | in
Neue Rechnungsanschrift
--
bitte schicken Sie Rechnungen ab nächstem Monat an unsere Buchhaltung in {city}. Alles andere bleibt, wie es ist.
--
ist notiert und geändert. Sie sehen es auf der nächsten Rechnung.
@ recall | out
Wichtig: Ihre Wasserspender {product}
--
bei einigen Geräten aus einer Fertigungswoche kann ein Thermostat ausfallen, das Wasser wird dann nicht mehr gekühlt.
  Es
besteht keine Gefahr; bitte schalten Sie Geräte ab, deren Seriennummer mit F20-7 beginnt. Wir tauschen das Teil
  kostenlos.
--
wir haben nachgesehen: {quantity} unserer Geräte sind betroffen. Hier wird viel Wasser getrunken, kommen Sie bitte
  bald.
--
Sie stehen weit oben auf der Liste. Der Techniker kommt am {date} und bringt für die Zwischenzeit Wasserflaschen mit.
@ case | in
{title}
--
{text}
--
danke für die Meldung. Ihr Fall hat die Nummer {number}; ein Kollege kümmert sich schon darum und ruft Sie heute an.
--
{answer} Bitte melden Sie sich, wenn noch etwas nicht stimmt.
"""

PROBLEMS = """
@ coffee | problem
Maschine verliert Wasser unter der Tropfschale
--
Seit heute früh steht Wasser unter der Maschine. Wir haben die Schale zweimal geleert, nach zehn Tassen ist es wieder
  da.
--
Die Dichtung der Tropfschale war verschlissen. Der Techniker hat sie ersetzt und die Schläuche geprüft.
@ coffee | problem
Kaffee ist nur noch lauwarm
--
Der Kaffee wird nicht mehr heiß, obwohl die Anzeige 93 Grad meldet. Die Gäste beschweren sich beim Frühstück.
--
Der Boiler war stark verkalkt. Er wurde entkalkt und der Wasserfilter getauscht.
@ coffee | problem
Mahlwerk wird laut und bleibt stehen
--
Das Mahlwerk kreischt ein paar Sekunden, dann zeigt die Maschine den Fehler E14.
--
Ein Steinchen zwischen den Bohnen hatte das Mahlwerk blockiert. Die Scheiben sind neu, der Mahlgrad ist eingestellt.
@ coffee | question
Wie oft muss das Milchsystem gereinigt werden?
--
Unsere neue Kollegin fragt, wie oft das Milchsystem gereinigt werden muss und ob auch andere Reiniger gehen.
--
Täglich spülen, einmal in der Woche mit unseren Tabs reinigen; andere Mittel greifen die Dichtungen an. Merkblatt
  gesendet.
@ water | problem
Wasser schmeckt nach Kunststoff
--
Das Wasser aus dem neuen Spender schmeckt nach einer Woche immer noch nach Kunststoff. Niemand trinkt es mehr.
--
Der Aktivkohlefilter war beim Einbau nicht gespült worden. Nach 10 Litern ist der Geschmack weg.
@ water | request
Ersatz-Tropfschale für Wasserspender
--
Wir brauchen eine Tropfschale für den Spender im zweiten Stock. Die alte ist beim Umzug zerbrochen.
--
Das Ersatzteil ging kostenlos per Paketdienst raus.
@ water | problem
Es kommt kein Sprudel mehr
--
Aus dem Hahn kommt nur stilles Wasser. Die CO2-Flasche wurde letzte Woche gewechselt, der Druck ist im grünen Bereich.
--
Der Druckminderer klemmte. Er wurde vor Ort auf Gewährleistung getauscht.
@ supplies | request
Falscher Kaffee in der letzten Lieferung
--
Wir hatten Sierra bestellt und Fuego bekommen. Die Kartons sind ungeöffnet, tauschen Sie um?
--
Die richtigen Bohnen gingen am selben Tag raus, die falschen wurden abgeholt. Das Lager weiß Bescheid.
@ coffee | question
Anschluss eines Kartenlesers
--
Lässt sich an die Maschine ein Kartenleser anschließen? Besucher sollen ihren Kaffee selbst bezahlen.
--
Ja, mit dem Bezahlsatz ab den Modellen dieses Jahres. Ein Angebot dafür ist verschickt.
"""

RECALL = """Rückruf: Wasserspender kühlt nicht mehr
--
Die Seriennummer beginnt mit F20-7. Das Wasser ist seit gestern zimmerwarm, das Rückrufschreiben ist angekommen.
--
Thermostat im Rahmen des Rückrufs getauscht. Temperatur nach einer Stunde: 6 Grad."""

CALLS = """
opportunity | out | Nachgefragt zum offenen Angebot | Die Geschäftsführung tagt nächste Woche. Die Maschinen gefallen,
  die Schulung ist noch zu erklären.
opportunity | in | Möchte eine weitere Maschine im Angebot | {first} {last} hätte gern noch eine {product} für die
  Besprechungsetage. Neues Angebot bis {date}.
opportunity | out | Termin für die Vorführung vereinbart | Wir zeigen die {product} am {date}; acht Personen
  verkosten.
lead | out | Erster Anruf nach der Messe | Erinnert sich gut an den Stand. Etwa 40 Beschäftigte, entscheidet mit dem
  Inhaber. Referenzen aus {city} schicken.
lead | out | Nicht erreicht, Nachricht hinterlassen | Neuer Versuch am {date}.
case | in | Fragt, wann der Techniker kommt | Besuch bis {date} zugesagt. Bis dahin wird die Maschine im Foyer
  benutzt.
case | out | Nachgefragt, ob alles läuft | Läuft einwandfrei, {mr} {last} war mit dem Techniker sehr zufrieden.
order | in | Fragt nach der Lieferung | Lieferung am {date} geplant. Aufzug vorhanden, keine Stufen.
invoice | out | Wegen der offenen Zahlung angerufen | Rechnung lag in der falschen Abteilung. Zahlung bis {date}
  zugesagt.
account | out | Halbjahresgespräch | Insgesamt zufrieden. Nächstes Jahr kommt ein weiterer Standort, man denkt an uns.
  Verbrauch um 10 % gestiegen.
account | in | Bestellt Bohnen nach | An den Innendienst: 12 Kartons Sierra, Lieferung diese Woche.
"""

MEETINGS = """
opportunity | Vorführung der {product} | Zwei Sorten Bohnen, Milch und Preisliste mitnehmen. Es kommen acht Personen.
  | customer
opportunity | Verhandlung mit dem Einkauf | Ziel: Unterschrift in diesem Quartal. Nachlass höchstens 6 %. | customer
opportunity | Ortstermin und Aufmaß | Wasser, Abfluss und Strom prüfen. Fotos für die Zeichnung. | customer
lead | Erstbesuch bei {account} | Tassen am Tag, Entscheider und heutige Lösung klären. | customer
account | Jahresgespräch | Verbrauch, Serviceeinsätze, Pläne für nächstes Jahr. | customer
account | Videogespräch zu den neuen Standorten | Zwei Standorte eröffnen nächstes Jahr; Mietmodell zeigen. | online
case | Techniker vor Ort | Zugang über den Lieferanteneingang, {mr} {last} fragen. | customer
order | Einbau und erste Schulung | Drei Stunden, mit Reinigung und Entkalkung. | customer
"""

TASKS = """
opportunity | Überarbeitetes Angebot an {mr} {last} schicken | Mit Schulungstag, ohne Bezahlsatz.
opportunity | Betriebskosten gegenüberstellen | Unsere {product} gegen die heutigen Maschinen, je Tasse und über drei
  Jahre.
opportunity | Referenz in {city} erfragen | Kunde ähnlicher Größe, den man anrufen darf.
lead | Prospekte und Preisliste schicken | {mr} {last} möchte Papier, kein PDF.
lead | Bonität prüfen | Bevor wir Kauf auf Rechnung anbieten.
case | Ersatzteil bestellen | Express, auf Gewährleistung buchen.
case | Dem Kunden den Befund schreiben | Kurz und ohne Fachwörter, bitte.
order | Techniker für den Einbau einplanen | Halber Tag; Parkplatz im Hof.
invoice | Klären, warum die Zahlung ausbleibt | Vor einer Mahnung erst die Buchhaltung anrufen.
account | Jahresgespräch vorbereiten | Umsatz, Serviceeinsätze, offene Fragen.
account | Ansprechpartner aktualisieren | Zwei Kollegen sind ausgeschieden, die Website ist schon aktuell.
"""

LETTERS = """
account | Sicherheitshinweis zu Wasserspendern Font 20 | Einschreiben mit den betroffenen Seriennummern und der
  Rufnummer der Hotline.
account | Einladung zum Abend der Markteinführung | Gedruckte Einladung für zwei Personen mit Antwortkarte.
order | Garantieurkunden | Urkunden für alle gelieferten Maschinen, unterschrieben.
contract | Unterschriebener Servicevertrag | Zwei Ausfertigungen, eine zurück.
"""

FAXES = """
order | Unterschriebene Auftragsbestätigung | Von {mr} {last} unterschrieben und zurückgefaxt.
case | Foto des Typenschilds | Die Seriennummer ist lesbar.
"""

SOCIAL = """
Endlich guter Kaffee im Büro. Danke @brumella für die neue Maschine! | 0.9
Hat noch jemand Post wegen der Font-20-Spender bekommen? @brumella, bitte melden. | -0.4
Der Techniker von @brumella war nach drei Stunden da. Respekt! | 0.8
Dritter Tag ohne kaltes Wasser im Büro, @brumella … | -0.8
"""

NOTES = """
opportunity | Wer entscheidet | {mr} {last} empfiehlt, die kaufmännische Leitung unterschreibt. Letzte Woche im Monat
  meiden.
opportunity | Raumplan | Theke 2,40 m, Wasser links, nur 230 V. Für Drehstrom bräuchte es einen Elektriker.
account | Parken | Ladezone hinter dem Haus, nur bis 11 Uhr.
account | Umgang | Lieber ein kurzer Anruf als eine lange E-Mail. Mag unseren entkoffeinierten Kaffee.
case | Vor Ort gemessen | Wasserhärte 16 °dH, Filter seit sechs Monaten überfällig.
lead | Eindruck | Ernsthaftes Interesse, Budget noch nicht freigegeben. Nach den Ferien wieder anrufen.
contact | Persönliches | Spricht Polnisch, die Familie kommt aus Wrocław.
"""

LEADS = """
Kaffee für 60 Personen in zwei Büros | Brisa Duo
Wasserspender für die Werkstatt | Font Tap
Ersatz für die alten Filtermaschinen | Brisa Duo Touch
Frühstücksbuffet mit 120 Gedecken | Barista 4
Mietmaschinen für eine Veranstaltungshalle | Barista 2
Sprudelwasser für das Großraumbüro | Font Tap Sparkling
Wiederverkauf von Brumella-Maschinen | Brisa One
"""

DEALS = """
hotel | Maschinen für den Frühstücksraum
hotel | Wasser auf jeder Etage
cafe | Neue Espressobar
cafe | Zweiter Standort
dealer | Rahmenvertrag für ein Jahr
dealer | Saisonbestellung fürs Lager
* | Kaffeepunkte auf allen Etagen
* | Wasserspender statt Flaschen
* | Ablösung der alten Maschinen
* | Kaffee und Service für die Zentrale
"""
