"""What customers and colleagues write in Polish. `THREADS`: about what, who begins, subject, messages."""

GREETING = "Dzień dobry,|Szanowni Państwo,|Dzień dobry,"
CLOSING = "Z poważaniem|Pozdrawiam|Z wyrazami szacunku"

THREADS = """
@ opportunity | in
Zapytanie ofertowe: {quantity} × {product}
--
remontujemy lokal (miasto: {city}) i potrzebujemy {quantity} × {product}. Proszę o cenę z dostawą i montażem. Chcemy
podjąć decyzję do {date}.
--
dziękujemy za zapytanie. Przy takiej liczbie sztuk obowiązuje już rabat ilościowy; całość to {amount} netto, montaż w
cenie. Czy mam zarezerwować termin u naszych techników?
--
mieści się w budżecie. Proszę o formalną ofertę, w tym tygodniu przedstawię ją zarządowi.
@ opportunity | out
Urządzenie testowe na dwa tygodnie
--
zgodnie z rozmową telefoniczną możemy bezpłatnie ustawić u Państwa {product} na dwa tygodnie, z kawą na pierwsze dni.
Potrzebne jest tylko gniazdko, a w wersji sieciowej także zimna woda.
--
zespół już się cieszy. Najlepszy będzie poniedziałek rano, recepcja jest uprzedzona.
@ opportunity | in
Pytanie do oferty
--
zanim podpiszemy: czy coroczny przegląd jest wliczony w {amount} i jak szybko przyjedzie technik, jeśli maszyna
  zepsuje
się w weekend?
--
pierwszy przegląd jest w cenie. W umowie Złotej jesteśmy na miejscu w ciągu ośmiu godzin roboczych, także w sobotę.
Przesyłam poziomy obsługi, dwa ważne dla Państwa wiersze są zaznaczone.
@ opportunity | out
Nasza wizyta: {city}
--
dziękujemy za poświęcony czas. Zmierzyliśmy salę śniadaniową i kuchnię: {quantity} × {product} zmieści się, jeśli lada
zostanie przesunięta o 20 cm. Rysunek prześlemy do {date}.
--
dziękuję, dotarło. Stolarz potwierdza 20 cm. Proszę przygotować ofertę.
@ opportunity | in
Cena na tle konkurencji
--
powiem otwarcie: mamy ofertę konkurencji niższą o 8%. Wolimy Państwa maszyny, ale muszę uzasadnić różnicę w dziale
finansowym. Czy da się jeszcze coś zrobić?
--
po rozmowie z przełożonym: ceny {product} nie możemy obniżyć, ale dodamy dzień szkolenia i kawę na pierwsze trzy
miesiące. W skali roku to więcej niż te 8%.
--
to mi pomoże. Proszę o to na piśmie, a zdobędę podpis.
@ order | in
Termin dostawy zamówienia {number}
--
kiedy dotrze do nas {quantity} × {product}? Otwieramy {date}, a monterzy potrzebują dwóch dni.
--
zamówienie wyjeżdża w czwartek z naszego magazynu w Łodzi, przewoźnik zadzwoni godzinę wcześniej. Monterzy mogą
  planować
na {date}.
@ order | out
Zamówienie {number} jest w drodze
--
dobra wiadomość: {quantity} × {product} wyjechało dziś z magazynu. Technik przywiezie filtr do wody i zostanie, aż
pierwsze espresso będzie smakować jak trzeba.
@ invoice | out
Faktura {number}
--
w załączeniu faktura {number} na kwotę {amount}, termin płatności {date}. Jeśli ma zawierać numer Państwa zamówienia,
proszę o wiadomość, wyślemy korektę.
--
dziękuję, faktura jest w księgowości i zostanie opłacona w najbliższym przelewie zbiorczym.
@ invoice | out
Przypomnienie: faktura {number}
--
według naszych danych faktura {number} na kwotę {amount} pozostaje nieopłacona. Jeśli płatność minęła się z tą
wiadomością, proszę ją zignorować.
--
przepraszam, czekała na podpis. Przelew wychodzi dzisiaj.
@ lead | out
Dziękujemy za rozmowę na targach
--
dziękujemy za wizytę na naszym stoisku. Pytali Państwo o {product}: przesyłam kartę techniczną i cennik. Czy mogę
zadzwonić w przyszłym tygodniu i zapytać, dla ilu osób ma być kawa?
--
tak, poproszę. Jest nas około 60 osób na dwóch piętrach, a obecny ekspres ledwo zipie.
@ lead | in
Zapytanie ze strony internetowej
--
szukamy ekspresu do stołówki, około 80 kaw dziennie, łatwego w czyszczeniu. Czy można go też wynająć?
--
80 kaw dziennie to w sam raz dla {product}. Można kupić albo wynająć na 36 miesięcy z serwisem w cenie. Kiedy
  pasowałaby
krótka wizyta?
@ account | out
Poznaj nową Brisa Duo Touch
--
dziś przedstawiamy Brisa Duo Touch: dwie kawy naraz, samoczyszczący układ mleka i o 30% mniejszy pobór prądu w
czuwaniu. Jako klient dostaje ją Państwa firma cztery tygodnie przed sklepami, w cenie premierowej.
--
wygląda świetnie. Czy można ją gdzieś zobaczyć w okolicy (nasze miasto to {city})?
@ account | in
Zmiana adresu do faktur
--
od przyszłego miesiąca prosimy wysyłać faktury do naszej księgowości (miasto: {city}). Pozostałe dane bez zmian.
--
zapisane i zmienione w systemie. Będzie widać na następnej fakturze.
@ recall | out
Ważne: Państwa dystrybutory wody {product}
--
w niektórych urządzeniach z jednej partii może zawieść termostat i woda przestaje być chłodzona. Nie ma
zagrożenia, ale prosimy wyłączyć urządzenia o numerze zaczynającym się od F20-7. Część wymieniamy bezpłatnie.
--
sprawdziliśmy, liczba naszych urządzeń z tej serii: {quantity}. U nas pije się dużo wody, prosimy o szybki przyjazd.
--
są Państwo na początku listy. Technik przyjedzie {date} i przywiezie na ten czas wodę w butelkach.
@ case | in
{title}
--
{text}
--
dziękujemy za zgłoszenie. Sprawa ma numer {number}; ktoś z zespołu już się nią zajmuje i zadzwoni jeszcze dzisiaj.
--
{answer} Jeśli coś nadal nie działa, prosimy o wiadomość.
"""

PROBLEMS = """
@ coffee | problem
Wyciek pod tacką ociekową
--
Od rana pod ekspresem stoi woda. Dwa razy opróżniliśmy tackę, po dziesięciu kawach woda znowu się pojawia.
--
Uszczelka tacki była zużyta. Technik ją wymienił i sprawdził węże.
@ coffee | problem
Kawa jest letnia
--
Kawa nie jest już gorąca, choć wyświetlacz pokazuje 93 stopnie. Goście skarżą się przy śniadaniu.
--
Bojler był mocno zakamieniony. Odkamieniono go i wymieniono filtr do wody.
@ coffee | problem
Młynek hałasuje i staje
--
Młynek zgrzyta przez kilka sekund, potem ekspres pokazuje błąd E14.
--
Kamyk między ziarnami zablokował żarna. Zostały wymienione, a grubość mielenia ustawiona na nowo.
@ coffee | question
Jak często czyścić układ mleka?
--
Nowa koleżanka pyta, jak często trzeba czyścić układ mleka i czy można używać innych środków.
--
Codziennie płukać, raz w tygodniu czyścić naszymi tabletkami; inne środki niszczą uszczelki. Wysłano instrukcję.
@ water | problem
Woda smakuje plastikiem
--
Woda z nowego dystrybutora po tygodniu wciąż smakuje plastikiem. Pracownicy przestali jej używać.
--
Przy montażu nie przepłukano filtra węglowego. Po 10 litrach smak zniknął.
@ water | request
Zapasowa tacka do dystrybutora
--
Potrzebujemy tacki do dystrybutora na drugim piętrze. Stara pękła przy przenoszeniu.
--
Część wysłano kurierem bez opłat.
@ water | problem
Nie leci woda gazowana
--
Z kranu leci tylko woda niegazowana. Butlę CO2 zmieniono w zeszłym tygodniu, wskaźnik jest na zielonym polu.
--
Zaciął się reduktor ciśnienia. Wymieniono go na miejscu w ramach gwarancji.
@ supplies | request
Niewłaściwa kawa w ostatniej dostawie
--
Zamówiliśmy ziarna Sierra, a przyszły Fuego. Kartony są nieotwarte, czy można je wymienić?
--
Właściwe ziarna wysłano tego samego dnia, a pomyłkowe odebrano. Magazyn jest uprzedzony.
@ coffee | question
Podłączenie terminala płatniczego
--
Czy do ekspresu można podłączyć terminal? Chcemy, żeby goście sami płacili za kawę.
--
Tak, z zestawem płatniczym, od tegorocznych modeli. Wysłano ofertę na zestaw.
"""

RECALL = """Akcja serwisowa: dystrybutor nie chłodzi
--
Numer seryjny zaczyna się od F20-7. Od wczoraj woda ma temperaturę pokojową, list w tej sprawie już dotarł.
--
Wymieniono termostat w ramach akcji serwisowej. Temperatura po godzinie: 6 stopni."""

CALLS = """
opportunity | out | Pytanie o otwartą ofertę | Zarząd spotyka się w przyszłym tygodniu. Maszyny się podobają, trzeba
  jeszcze wyjaśnić szkolenie.
opportunity | in | Prośba o drugi ekspres w ofercie | {mr} {last} prosi o dodanie jeszcze jednej {product} na piętro
  konferencyjne. Nowa oferta do {date}.
opportunity | out | Ustalono termin pokazu | Pokazujemy {product} {date}; degustuje osiem osób.
lead | out | Pierwsza rozmowa po targach | Dobrze pamięta nasze stoisko. Około 40 osób, decyduje z właścicielem.
  Wysłać referencje, miasto: {city}.
lead | out | Nie odbiera, zostawiona wiadomość | Następna próba {date}.
case | in | Pytanie, kiedy przyjedzie technik | Obiecana wizyta do {date}. Na razie korzystają z maszyny w holu.
case | out | Sprawdzenie, czy wszystko działa | Wszystko działa, technik zrobił bardzo dobre wrażenie.
order | in | Pytanie o dostawę | Dostawa planowana na {date}. Jest winda, bez stopni.
invoice | out | Rozmowa o zaległej płatności | Faktura trafiła do niewłaściwego działu. Zapłata obiecana do {date}.
account | out | Rozmowa półroczna | Ogólnie zadowoleni. W przyszłym roku otwierają kolejny oddział i będą o nas
  pamiętać. Zużycie kawy wzrosło o 10%.
account | in | Zamówienie na kawę | Przekazane do biura: 12 kartonów Sierra, dostawa w tym tygodniu.
"""

MEETINGS = """
opportunity | Pokaz: {product} | Zabrać dwa rodzaje ziaren, mleko i cennik. Będzie osiem osób. | customer
opportunity | Negocjacje z działem zakupów | Cel: podpis w tym kwartale. Rabat najwyżej 6%. | customer
opportunity | Wizja lokalna i pomiary | Sprawdzić wodę, odpływ i prąd. Zdjęcia do rysunku. | customer
lead | Pierwsza wizyta: {account} | Ustalić liczbę kaw, kto decyduje i z czego korzystają dziś. | customer
account | Podsumowanie roku | Zużycie, wizyty serwisu, plany na przyszły rok. | customer
account | Wideorozmowa o nowych oddziałach | Dwa oddziały ruszają w przyszłym roku; pokazać model najmu. | online
case | Technik na miejscu | Wejście od strony dostaw, osoba kontaktowa: {first} {last}. | customer
order | Montaż i pierwsze szkolenie | Trzy godziny, z czyszczeniem i odkamienianiem. | customer
"""

TASKS = """
opportunity | Wysłać poprawioną ofertę ({first} {last}) | Z dniem szkolenia, bez zestawu płatniczego.
opportunity | Porównanie kosztów eksploatacji | Nasza {product} a obecne maszyny, na filiżankę i w ciągu trzech lat.
opportunity | Znaleźć referencje ({city}) | Klient podobnej wielkości, do którego można zadzwonić.
lead | Wysłać katalog i cennik | {mr} {last} woli papier niż PDF.
lead | Sprawdzić wiarygodność firmy | Zanim zaproponujemy odroczony termin płatności.
case | Zamówić część zamienną | Ekspresem, na koszt gwarancji.
case | Opisać klientowi, co znaleziono | Krótko i bez technicznych słów.
order | Zarezerwować technika na montaż | Pół dnia; parking na podwórzu.
invoice | Wyjaśnić opóźnienie płatności | Przed wezwaniem zadzwonić do księgowości.
account | Przygotować podsumowanie roku | Obroty, wizyty serwisu, otwarte sprawy.
account | Zaktualizować osoby kontaktowe | Dwie osoby odeszły, strona internetowa jest już aktualna.
"""

LETTERS = """
account | Komunikat bezpieczeństwa: dystrybutory Font 20 | List polecony z numerami seryjnymi i telefonem infolinii.
account | Zaproszenie na wieczór premierowy | Drukowane zaproszenie dla dwóch osób z kartą odpowiedzi.
order | Karty gwarancyjne | Karty wszystkich dostarczonych maszyn, podpisane.
contract | Podpisana umowa serwisowa | Dwa egzemplarze, jeden do zwrotu.
"""

FAXES = """
order | Podpisane potwierdzenie zamówienia | Podpisane ({first} {last}) i odesłane faksem.
case | Zdjęcie tabliczki znamionowej | Numer seryjny jest czytelny.
"""

SOCIAL = """
Nareszcie porządna kawa w pracy. Dziękujemy, @brumella, za nowy ekspres! | 0.9
Czy ktoś jeszcze dostał list o dystrybutorach Font 20? @brumella, prosimy o odpowiedź. | -0.4
Technik @brumella przyjechał w trzy godziny. Szacunek! | 0.8
Trzeci dzień bez zimnej wody w biurze, @brumella… | -0.8
"""

NOTES = """
opportunity | Kto decyduje | Rekomendacja: {first} {last}, podpisuje dyrekcja finansowa. Unikać ostatniego tygodnia
  miesiąca.
opportunity | Plan pomieszczenia | Lada 2,40 m, woda po lewej, tylko 230 V. Do trójfazowego potrzebny elektryk.
account | Parkowanie | Strefa załadunku za budynkiem, tylko do 11.
account | Jak lubi rozmawiać | Woli krótki telefon niż długi e-mail. Bardzo lubi naszą kawę bezkofeinową.
case | Zmierzone na miejscu | Twardość wody 16 °dH, filtr przeterminowany o pół roku.
lead | Wrażenie | Poważne zainteresowanie, budżet jeszcze niezatwierdzony. Zadzwonić po urlopach.
contact | Prywatnie | Mówi po hiszpańsku, rok pracy w Kadyksie.
"""

LEADS = """
Kawa dla 60 osób w dwóch biurach | Brisa Duo
Dystrybutory wody do warsztatu | Font Tap
Wymiana starych ekspresów przelewowych | Brisa Duo Touch
Bufet śniadaniowy na 120 osób | Barista 4
Wynajem maszyn do hali widowiskowej | Barista 2
Woda gazowana do biura | Font Tap Sparkling
Odsprzedaż maszyn Brumella | Brisa One
"""

DEALS = """
hotel | Ekspresy do sali śniadaniowej
hotel | Woda na każdym piętrze
cafe | Nowy bar espresso
cafe | Drugi lokal
dealer | Roczna umowa ramowa
dealer | Zamówienie sezonowe
* | Kawa na wszystkich piętrach
* | Dystrybutory zamiast butelek
* | Wymiana starych maszyn
* | Kawa i serwis dla centrali
"""
