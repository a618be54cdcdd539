"""Names, places and companies of the demo's customers in Poland."""

COUNTRY = "Polska"
CODE = "pl"
ENDING = "pl.example"
PHONE = "+48 {dial} 555 ## ##"
MOBILE = "+48 500 ### ###"
STREET = "{street} {number}"
MISTER, MISS = "Pan", "Pani"

WOMEN = """
Anna Małgorzata Katarzyna Agnieszka Barbara Ewa Joanna Krystyna Magdalena Monika Zofia Elżbieta Beata Aleksandra
Justyna Karolina Weronika Grażyna Jolanta Natalia Łucja Urszula Kinga Bożena
"""
MEN = """
Piotr Krzysztof Andrzej Tomasz Paweł Michał Marcin Grzegorz Łukasz Zbigniew Jacek Rafał Sławomir Mariusz Wojciech
Jarosław Bartłomiej Maciej Dariusz Stanisław Radosław Przemysław Mikołaj Kamil
"""
SURNAMES = """
Kowalski/Kowalska; Wiśniewski/Wiśniewska; Wójcik; Kamiński/Kamińska; Lewandowski/Lewandowska; Zieliński/Zielińska;
Szymański/Szymańska; Woźniak; Dąbrowski/Dąbrowska; Kozłowski/Kozłowska; Jankowski/Jankowska; Mazur;
Kwiatkowski/Kwiatkowska; Krawczyk; Piotrowski/Piotrowska; Grabowski/Grabowska; Pawłowski/Pawłowska;
Michalski/Michalska; Król; Wieczorek; Jabłoński/Jabłońska; Wróbel; Nowakowski/Nowakowska; Majewski/Majewska;
Stępień; Malinowski/Malinowska; Jaworski/Jaworska; Dudek; Adamczyk; Górski/Górska; Sikora; Walczak;
Rutkowski/Rutkowska; Baran; Ostrowski/Ostrowska; Tomaszewski/Tomaszewska; Zalewski/Zalewska; Źrebiec;
Ćwikliński/Ćwiklińska; Świderski/Świderska
"""

CITIES = """
Warszawa | 00-043 | mazowieckie | 52.2297 | 21.0122 | 22
Łódź | 90-361 | łódzkie | 51.7592 | 19.4560 | 42
Kraków | 31-042 | małopolskie | 50.0647 | 19.9450 | 12
Gdańsk | 80-831 | pomorskie | 54.3520 | 18.6466 | 58
Wrocław | 50-106 | dolnośląskie | 51.1079 | 17.0385 | 71
Poznań | 61-772 | wielkopolskie | 52.4064 | 16.9252 | 61
Białystok | 15-062 | podlaskie | 53.1325 | 23.1688 | 85
Toruń | 87-100 | kujawsko-pomorskie | 53.0138 | 18.5984 | 56
Częstochowa | 42-217 | śląskie | 50.8118 | 19.1203 | 34
"""
STREETS = """
ul. Piotrkowska; ul. Długa; ul. Świętego Marcina; al. Niepodległości; ul. Słoneczna; ul. Kościuszki; ul. Źródlana;
ul. Mickiewicza; pl. Wolności; ul. Żeromskiego; ul. Wąska; ul. Nadrzeczna; ul. Świętojańska; ul. Łąkowa
"""

COMPANIES = """
Grupa Hotelowa Żuraw | hotel | Gdańsk
Hotel Żuraw Gdańsk | hotel | Gdańsk | Grupa Hotelowa Żuraw
Hotel Żuraw Łódź | hotel | Łódź | Grupa Hotelowa Żuraw
Hotel Żuraw Kraków | hotel | Kraków | Grupa Hotelowa Żuraw
Pensjonat Pod Świerkami | hotel | Białystok
Kawiarnia Dźwięk i Smak | cafe | Łódź
Palarnia Kawy Ziarno | cafe | Warszawa
Piekarnia Złoty Kłos | cafe | Toruń
Cukiernia Jaśmin | cafe | Kraków
Bistro Śródmieście | cafe | Warszawa
Bar Mleczny Słoneczko | cafe | Wrocław
Hurtownia Gastronom | dealer | Poznań
Automaty Bałtyk | dealer | Gdańsk
Biuro Plus Łódź | dealer | Łódź
Kancelaria Wójcik i Wspólnicy | law | Warszawa
Kancelaria Notarialna Pod Wagą | law | Poznań
Przychodnia Zdrowa Rodzina | clinic | Białystok
Szpital Świętej Jadwigi | clinic | Wrocław
Stomatologia Uśmiech | clinic | Częstochowa
Towarzystwo Ubezpieczeń Ostoja | insurance | Warszawa
Bank Spółdzielczy w Dolinie | finance | Toruń
Fundusz Kapitałowy Wisła | finance | Warszawa
Przestrzeń Coworking | office | Warszawa
Przestrzeń Coworking Wrocław | office | Wrocław | Przestrzeń Coworking
Studio Graficzne Kreska | design | Łódź
Bajtowo Software | office | Kraków
Politechnika Podlaska | school | Białystok
Liceum Językowe Lingua | school | Poznań
Transport Żwirek | transport | Częstochowa
Zakłady Mechaniczne Łabędy Nowe | factory | Częstochowa
Siłownie Atleta | gym | Poznań
Toruńskie Pierniki Babuni | food | Toruń
"""

JOBS = """
Kierownik działu zakupów | Kierowniczka działu zakupów | Zakupy
Kierownik biura | Kierowniczka biura | Administracja
Prezes zarządu | Prezeska zarządu | Zarząd
Dyrektor hotelu | Dyrektorka hotelu | Dyrekcja
Właściciel | Właścicielka | Zarząd
Dyrektor finansowy | Dyrektorka finansowa | Finanse
Kierownik administracji | Kierowniczka administracji | Administracja
Szef kuchni | Szefowa kuchni | Gastronomia
Specjalista ds. zakupów | Specjalistka ds. zakupów | Zakupy
Kierownik techniczny | Kierowniczka techniczna | Utrzymanie ruchu
"""
