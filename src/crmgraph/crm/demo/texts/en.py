"""What customers and colleagues write in English. `THREADS`: about what, who begins, subject, messages."""

GREETING = "Dear {mr} {last},|Hello {first},|Hi {first},"
CLOSING = "Kind regards,|Best wishes,|Many thanks,"

THREADS = """
@ opportunity | in
Quote for {quantity} × {product}
--
we are refurbishing our premises in {city} and need {quantity} × {product}. Could you send us a price including
delivery and installation? We would like to decide before {date}.
--
thank you for your enquiry. With {quantity} units you reach our volume discount; the whole package comes to {amount}
before VAT, installation included. Shall I reserve a date with our technicians?
--
that is within our budget. Please send the formal quote, I will take it to our board this week.
@ opportunity | out
A test machine for two weeks
--
as discussed on the phone, we can place one {product} at {account} for two weeks, free of charge and with coffee for
the first days. You only need a socket and, for the mains version, a cold-water tap.
--
the team is delighted with the idea. Monday morning suits us best, the reception knows that you are coming.
@ opportunity | in
One question about your offer
--
before we sign: is the yearly maintenance included in the {amount}, and how quickly does a technician come if a
  machine
fails on a weekend?
--
the first yearly service is included. With the Gold contract we are on site within eight working hours, Saturdays
included. I have attached the service levels and marked the two lines that matter to you.
@ opportunity | out
Our visit in {city}
--
thank you for the time you and your colleagues took. We measured the breakfast room and the kitchen: {quantity} ×
{product} will fit, if the counter is moved by 20 cm. You will have the drawing by {date}.
--
received, thank you. The carpenter confirms the 20 cm. Please go ahead with the quote.
@ opportunity | in
The price compared with other suppliers
--
I must be open with you: we have an offer from a competitor that is 8 % below yours. We prefer your machines, but I
have to explain the difference to our finance director. Is there any room left?
--
I spoke to my manager. We cannot lower the price of the {product}, but I can add the training day and the first three
months of coffee. Over a year that is worth more than the 8 %.
--
that helps. Please put it in writing and I will get the signature.
@ order | in
Delivery date of order {number}
--
could you tell us when {quantity} × {product} will arrive? Our opening is on {date} and the fitters need two days.
--
your order leaves our warehouse in Łódź this Thursday; the carrier will ring you an hour before. Your fitters can plan
with {date}.
@ order | out
Your order {number} is on its way
--
good news: {quantity} × {product} left our warehouse today. The technician brings the water filter and stays until the
first espresso tastes right.
@ invoice | out
Invoice {number}
--
please find attached invoice {number} of {amount}, payable by {date}. If you need a purchase order number on it, tell
me and I will send a corrected copy.
--
thank you, the invoice has been passed to accounts and will be paid with the next run.
@ invoice | out
Friendly reminder: invoice {number}
--
our records show that invoice {number} of {amount} is still open. It may well have crossed with your payment; if so,
please disregard this message.
--
my apologies, it was waiting for a signature. The transfer goes out today.
@ lead | out
Good to meet you at the fair
--
thank you for stopping at our stand. You asked about the {product}; I have attached the data sheet and the price list.
May I ring you next week to hear how many people you want to serve?
--
yes please. We are about 60 people on two floors, and the present machine is on its last legs.
@ lead | in
Enquiry through your website
--
we are looking for a machine for our canteen, roughly 80 cups a day, easy to clean. Do you rent as well as sell?
--
80 cups a day is just right for the {product}. We offer both: to buy, or to rent over 36 months with maintenance
included. When would a short visit suit you?
@ account | out
Meet the new Brisa Duo Touch
--
today we present the Brisa Duo Touch: two coffees at once, milk system that cleans itself, and 30 % less standby power
than its predecessor. As a customer you get it four weeks before the shops, at the launch price.
--
looks very good. Can we see it somewhere near {city}?
@ account | in
Change of our invoicing address
--
please note that invoices should be sent to our accounts department in {city} from next month. Everything else stays
as it is.
--
noted and changed in our system. You will see it on the next invoice.
@ recall | out
Important: your {product} water coolers
--
in some coolers of one production batch a thermostat can fail, and the water is then no longer kept cold. Nobody is in
  danger,
but please switch off units whose serial number begins with F20-7. We exchange the part free of charge.
--
we have checked: {quantity} of ours are affected. Our staff drink a lot of water, so please come soon.
--
we have put you near the top of the list. The technician comes on {date} and brings bottled water for the meantime.
@ case | in
{title}
--
{text}
--
thank you for telling us. Your case has the number {number}; a colleague is already looking into it and will ring you
today.
--
{answer} Please tell us if anything is still not right.
"""

PROBLEMS = """
@ coffee | problem
Machine leaks under the drip tray
--
Since this morning there is water under the machine. We emptied the tray twice, it comes back after about ten coffees.
--
The seal of the drip tray was worn. The technician replaced it and checked the hoses.
@ coffee | problem
Coffee comes out lukewarm
--
The coffee is no longer hot, although the display shows 93 degrees. Guests are complaining at breakfast.
--
The boiler was full of limescale. It has been descaled and the water filter was exchanged.
@ coffee | problem
Grinder makes a loud noise and stops
--
The grinder screeches for a few seconds, then the machine shows error E14.
--
A small stone among the beans had jammed the burrs. They were replaced and the grind was set anew.
@ coffee | question
How often must the milk system be cleaned?
--
Our new colleague asks how often the milk system needs cleaning, and whether other cleaning agents may be used.
--
Rinse daily, clean with our tablets once a week; other agents damage the seals. The instruction sheet was sent.
@ water | problem
Cooler smells of plastic
--
The water from the new cooler still tastes of plastic after a week. Staff have stopped using it.
--
The carbon filter had not been rinsed at installation. It was rinsed with 10 litres, the taste is gone.
@ water | request
Spare drip tray for water cooler
--
We need a spare drip tray for the cooler on the second floor. The old one broke when it was moved.
--
The spare part was sent by parcel service, at no charge.
@ water | problem
No sparkling water any more
--
The tap gives still water only. The CO2 bottle was changed last week and the gauge is in the green.
--
The pressure regulator was stuck. It was replaced on site under warranty.
@ supplies | request
Wrong coffee in the last delivery
--
We ordered Sierra beans and got Fuego. The boxes are unopened, can you exchange them?
--
The right beans were sent the same day and the wrong ones collected. Our warehouse has been told.
@ coffee | question
Connecting the payment terminal
--
Can the machine be connected to a card terminal? We would like visitors to pay for their coffee.
--
Yes, with the payment kit from this year's models on. An offer for the kit was sent to the customer.
"""

RECALL = """Recall: cooler no longer cools
--
Serial number begins with F20-7. The water has been at room temperature since yesterday, the recall letter has come.
--
Thermostat exchanged under the recall. Temperature after one hour: 6 degrees."""

CALLS = """
opportunity | out | Asked about the open quote | The board meets next week. They like the machines, the training still
  has to be explained.
opportunity | in | Wants a second machine in the quote | {first} asked to add another {product} for the meeting floor.
  New quote promised by {date}.
opportunity | out | Agreed a date for the demonstration | We show the {product} on {date}; eight people will taste.
lead | out | First call after the fair | Remembers our stand well. About 40 staff, decides with the owner. Send
  references from {city}.
lead | out | No answer, left a message | Will try again on {date}.
case | in | Asks when the technician comes | Promised a visit by {date}. Customer will use the machine in the lobby
  meanwhile.
case | out | Checked that all works | Everything runs well, {first} was very satisfied with the technician.
order | in | Asks about delivery | Delivery planned for {date}. Lift is available, no steps.
invoice | out | Asked about the open payment | Invoice was with the wrong department. Payment promised for {date}.
account | out | Half-yearly review | Satisfied overall. Opens another site next year and will think of us. Coffee
  consumption up by 10 %.
account | in | Orders more beans | Forwarded to the office: 12 boxes of Sierra, delivery this week.
"""

MEETINGS = """
opportunity | Demonstration of the {product} | Bring two kinds of beans, milk and the price list. Eight people will be
  there. | customer
opportunity | Negotiation with purchasing | Goal: signature this quarter. Limit for the discount is 6 %. | customer
opportunity | Site visit and measuring | Check water, drain and electricity. Take photographs for the drawing. |
  customer
lead | First visit at {account} | Find out the number of cups, who decides and what they use today. | customer
account | Yearly review | Consumption, service visits, plans for next year. | customer
account | Video call about the new sites | Two sites open next year; show the rental model. | online
case | Technician on site | Access through the service entrance, ask for {first} {last}. | customer
order | Installation and first training | Three hours, including cleaning and descaling. | customer
"""

TASKS = """
opportunity | Send the revised quote to {first} {last} | With the training day, without the payment kit.
opportunity | Prepare comparison of running costs | Our {product} against the present machines, per cup and over three
  years.
opportunity | Ask for a reference in {city} | A customer of similar size who is willing to be rung.
lead | Send brochures and price list | {first} asked for paper, not PDF.
lead | Check the company's credit rating | Before we make an offer on account.
case | Order the spare part | Express delivery, charge it to warranty.
case | Write to the customer what we found | Short and without technical terms, please.
order | Book the technician for the installation | Half a day; parking in the yard.
invoice | Check why the payment is late | Ring accounts before sending a reminder.
account | Prepare the yearly review | Turnover, service visits, open questions.
account | Update the contact persons | Two colleagues have left, the website is already up to date.
"""

LETTERS = """
account | Safety notice for Font 20 water coolers | Registered letter with the affected serial numbers and the number
  of our hotline.
account | Invitation to the launch evening | Printed invitation for two people with a reply card.
order | Warranty certificates | Certificates for all delivered machines, signed.
contract | Signed service contract | Two copies, one to be returned.
"""

FAXES = """
order | Signed order confirmation | Signed by {first} {last} and faxed back.
case | Photograph of the type plate | Serial number is legible.
"""

SOCIAL = """
Finally decent coffee at work. Thank you @brumella for the new machine! | 0.9
Has anyone else had a letter about the Font 20 coolers? @brumella please answer. | -0.4
The technician of @brumella came within three hours. Very impressed. | 0.8
Third day without cold water in the office, @brumella … | -0.8
"""

NOTES = """
opportunity | Who decides | {first} {last} recommends, the finance director signs. Avoid the last week of the month.
opportunity | Room plan | Counter 2.40 m, water on the left, 230 V only. Three-phase current would need an
  electrician.
account | Parking | Loading zone behind the building, until 11 o'clock only.
account | How they like it | Prefers a short call to a long e-mail. Loves our decaf.
case | Measured on site | Water hardness 16 °dH, filter six months overdue.
lead | Impression | Serious interest, budget not yet approved. Ring again after the holidays.
contact | Personal | Speaks Spanish and follows the Seville football clubs.
"""

LEADS = """
Coffee for 60 people in two offices | Brisa Duo
Water coolers for the workshop | Font Tap
Replacing the old filter machines | Brisa Duo Touch
Breakfast buffet with 120 covers | Barista 4
Rental of machines for an event hall | Barista 2
Sparkling water for the open-plan office | Font Tap Sparkling
Resale of Brumella machines | Brisa One
"""

DEALS = """
hotel | Breakfast room machines
hotel | Water on every floor
cafe | New espresso bar
cafe | Second location
dealer | Yearly framework agreement
dealer | Stock order for the season
* | Coffee points on all floors
* | Water coolers instead of bottles
* | Replacement of the old machines
* | Coffee and service for the head office
"""
