"""The knowledge base: key, language, state, subject and title; a summary; the text."""

ARTICLES = """
@ recall | en | published.published | Recall Font 20 | Font 20: which coolers are affected by the recall?
--
How to find the serial number, what to do until the technician comes, and what we pay.
--
<p>The thermostat T7 of coolers whose serial number begins with <b>F20-7</b> can fail; the water is then not
cooled.</p>
<ol><li>Look at the type plate behind the drip tray.</li><li>Switch the cooler off if the number begins with
F20-7.</li>
<li>Report it; the exchange takes 20 minutes and is free of charge.</li></ol>
@ recall | es | published.published | Recall Font 20 | Font 20: ¿qué fuentes hay que revisar?
--
Dónde está el número de serie, qué hacer hasta que venga el técnico y qué gastos asumimos.
--
<p>Puede fallar el termostato T7 de las fuentes cuyo número de serie empieza por <b>F20-7</b>; el agua deja de
enfriarse.</p>
<ol><li>Mire la placa detrás de la bandeja.</li><li>Desconecte la fuente si el número empieza por F20-7.</li>
<li>Avísenos: el cambio tarda 20 minutos y es gratuito.</li></ol>
@ recall | de | published.published | Recall Font 20 | Font 20: Welche Wasserspender betrifft der Rückruf?
--
Wo die Seriennummer steht, was bis zum Besuch des Technikers zu tun ist und was wir bezahlen.
--
<p>Bei Geräten, deren Seriennummer mit <b>F20-7</b> beginnt, kann der Thermostat T7 ausfallen; das Wasser wird
warm.</p>
<ol><li>Typenschild hinter der Tropfschale ablesen.</li><li>Gerät ausschalten, wenn die Nummer mit F20-7 beginnt.</li>
<li>Melden: Der Tausch dauert 20 Minuten und ist kostenlos.</li></ol>
@ recall | pl | published.published | Recall Font 20 | Font 20: których dystrybutorów dotyczy akcja serwisowa?
--
Gdzie jest numer seryjny, co robić do przyjazdu technika i jakie koszty ponosimy.
--
<p>W urządzeniach o numerze zaczynającym się od <b>F20-7</b> może zawieść termostat T7; woda przestaje być
chłodzona.</p>
<ol><li>Odczytać tabliczkę za tacką ociekową.</li><li>Wyłączyć urządzenie, jeśli numer zaczyna się od F20-7.</li>
<li>Zgłosić: wymiana trwa 20 minut i jest bezpłatna.</li></ol>
@ descaling | en | published.published | Coffee machines | Descaling a Brisa Duo and Brisa Duo Touch
--
Step by step, 25 minutes, with the descaler AC-030.
--
<p>Pour one bottle of descaler and one litre of water into the tank, choose <i>Care &gt; Descale</i> and follow the
display. Rinse twice. At more than 16 °dH descale every month, otherwise every quarter.</p>
@ descaling | de | published.published | Coffee machines | Brisa Duo und Brisa Duo Touch entkalken
--
Schritt für Schritt in 25 Minuten, mit dem Entkalker AC-030.
--
<p>Eine Flasche Entkalker und einen Liter Wasser in den Tank füllen, <i>Pflege &gt; Entkalken</i> wählen und der
Anzeige
folgen. Zweimal spülen. Über 16 °dH monatlich entkalken, sonst alle drei Monate.</p>
@ descaling | pl | published.published_needs_review | Coffee machines | Odkamienianie Brisa Duo i Brisa Duo Touch
--
Krok po kroku, 25 minut, środek AC-030.
--
<p>Wlać butelkę odkamieniacza i litr wody do zbiornika, wybrać <i>Pielęgnacja &gt; Odkamienianie</i> i
postępować według
wskazówek. Dwa razy przepłukać. Powyżej 16 °dH co miesiąc, w innych przypadkach co kwartał.</p>
@ milk | en | published.published | Coffee machines | Cleaning the milk system
--
Rinse daily, clean with tablets once a week.
--
<p>Daily: <i>Care &gt; Rinse milk</i>. Weekly: dissolve one tablet AC-040 in 250 ml of warm water and start
<i>Care &gt; Clean milk</i>. Other agents damage the seals and end the warranty.</p>
@ milk | es | published.published | Coffee machines | Limpieza del sistema de leche
--
Enjuague diario y pastilla semanal.
--
<p>Cada día: <i>Cuidado &gt; Enjuagar leche</i>. Cada semana: disolver una pastilla AC-040 en 250 ml de agua
templada y
pulsar <i>Cuidado &gt; Limpiar leche</i>. Otros productos dañan las juntas.</p>
@ e14 | en | published.published | Repair | Error E14: the grinder is blocked
--
What E14 means and how to free the burrs.
--
<p>Unplug the machine, empty the bean container, turn the burrs by hand with the key delivered. If E14 comes back, the
burrs have to be exchanged by a technician.</p>
@ e14 | de | published.published | Repair | Fehler E14: Mahlwerk blockiert
--
Was E14 bedeutet und wie man das Mahlwerk löst.
--
<p>Netzstecker ziehen, Bohnen entfernen, Mahlwerk mit dem beiliegenden Schlüssel von Hand drehen. Kommt E14
wieder, müssen
die Mahlscheiben getauscht werden.</p>
@ filter | en | published.published | Water coolers | Water tastes of plastic
--
Rinse the new carbon filter with ten litres.
--
<p>New carbon filters have to be rinsed: let ten litres run through before the first glass. If the taste stays after a
day, exchange the filter; it may have been stored too warm.</p>
@ filter | pl | published.published | Water coolers | Woda smakuje plastikiem
--
Nowy filtr węglowy trzeba przepłukać dziesięcioma litrami.
--
<p>Nowe filtry węglowe wymagają płukania: przed pierwszą szklanką przepuścić dziesięć litrów wody. Jeśli smak
pozostaje po
całym dniu, wymienić filtr.</p>
@ payment | en | published.published | Coffee machines | Connecting the payment kit
--
Which machines take the card reader AC-070, and how it is connected.
--
<p>The payment kit fits all Brisa Duo Touch. Screw on the bracket, plug the reader into the port marked PAY, enter the
merchant number under <i>Settings &gt; Payment</i>.</p>
@ invoice | en | draft.in_review | Invoicing | How do I get a copy of an invoice?
--
In the portal, or by e-mail from the service.
--
<p>All invoices of the last ten years are in the portal under <i>Documents</i>. Ask us if you need another
address on one.</p>
@ classic | en | archived | Coffee machines | Brisa Classic: setting the clock
--
For machines that are no longer made.
--
<p>Hold both buttons for five seconds, choose the hour with the left, the minute with the right one.</p>
"""
