"""Chapter two: what Brumella sells. Subjects, units, products, bundles, price lists, discounts, competitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crmgraph.crm.demo.company import CURRENCIES, DOMAIN, Company
from crmgraph.crm.demo.language import table
from crmgraph.crm.demo.story import BEGINNING, LAUNCH, RECALL, Row, Story, cents, slug

SUBJECTS = """
Products |
Coffee machines | Products
Water coolers | Products
Coffee and supplies | Products
Service |
Installation | Service
Repair | Service
Recall Font 20 | Repair
Invoicing |
"""
UNIT_GROUPS = """
Pieces | piece | Machines, spare parts, cups
Weight | kg | Coffee
Time | hour | Work of technicians and trainers
"""
UNITS = """
Pieces | piece | | 1
Pieces | box of 6 | piece | 6
Pieces | pallet of 24 | piece | 24
Weight | kg | | 1
Weight | carton of 6 kg | kg | 6
Time | hour | | 1
Time | day | hour | 8
Time | year of cover | | 1
"""
FAMILIES = """
Brumella range | |
Coffee machines | Brumella range | coffee
Water coolers | Brumella range | water
Coffee | Brumella range | supplies
Accessories and care | Brumella range | supplies
Services | Brumella range | service
"""
# number | name | family | unit | list price | standard cost | weight | description
PRODUCTS = """
CM-100 | Brisa One | Coffee machines | piece | 389 | 205 | 6.2 | Capsule machine for small offices, up to 20 cups a
  day.
CM-200 | Brisa Duo | Coffee machines | piece | 1190 | 640 | 14.5
  | Fully automatic, two grinders, up to 60 cups a day.
CM-210 | Brisa Duo Touch | Coffee machines | piece | 1690 | 890 | 15.1
  | Two coffees at once, self-cleaning milk system, touch screen, up to 100 cups a day.
CM-300 | Barista 2 | Coffee machines | piece | 3450 | 1980 | 48 | Espresso machine with two groups for cafés.
CM-310 | Barista 4 | Coffee machines | piece | 6900 | 3900 | 79 | Espresso machine with four groups for hotels and
  busy bars.
CM-400 | Molino 64 | Coffee machines | piece | 540 | 290 | 11 | Grinder with 64 mm burrs, doses by weight.
CM-900 | Brisa Classic | Coffee machines | piece | 990 | 560 | 13.8 | Predecessor of the Brisa Duo Touch.
WC-120 | Font 12 | Water coolers | piece | 290 | 150 | 12 | Cooler for 18.9-litre bottles, cold and ambient.
WC-200 | Font 20 | Water coolers | piece | 640 | 345 | 19.5 | Mains cooler for 20 litres an hour.
WC-210 | Font 20 S | Water coolers | piece | 690 | 352 | 19.8 | Mains cooler with the new thermostat, successor of
  the Font 20.
WC-300 | Font Tap | Water coolers | piece | 890 | 470 | 9.4 | Under-counter cooler with a tap, 30 litres an hour.
WC-310 | Font Tap Sparkling | Water coolers | piece | 1240 | 655 | 12.1 | Still and sparkling from one tap.
CO-010 | Sierra beans | Coffee | kg | 16.90 | 8.10 | 1 | Mild, 100 % arabica, roasted in Łódź.
CO-020 | Fuego beans | Coffee | kg | 18.40 | 8.90 | 1 | Dark roast for espresso.
CO-030 | Brava decaf | Coffee | kg | 17.90 | 9.20 | 1 | Decaffeinated with water only.
CO-040 | Sierra capsules | Coffee | box of 6 | 14.40 | 6.30 | 0.4 | Six sleeves of ten compostable capsules.
AC-010 | Paper cups 200 ml | Accessories and care | box of 6 | 21.60 | 10.20 | 3 | Six sleeves of 50 cups.
AC-020 | Water filter C | Accessories and care | piece | 34 | 13.50 | 0.6 | Cartridge for 1,200 litres.
AC-030 | Descaler | Accessories and care | piece | 12.50 | 4.20 | 1.1 | One litre, for all machines.
AC-040 | Milk system tablets | Accessories and care | piece | 9.80 | 3.10 | 0.3 | Sixty tablets.
AC-050 | Water bottle 18.9 l | Accessories and care | piece | 7.90 | 2.80 | 19.6 | Spring water, returnable bottle.
AC-060 | CO2 cylinder 2 kg | Accessories and care | piece | 29 | 14 | 4.2 | Refill on exchange.
AC-070 | Payment kit | Accessories and care | piece | 320 | 198 | 0.9 | Card reader with bracket.
AC-080 | Thermostat T7 | Accessories and care | piece | 42 | 17 | 0.1 | Spare part of the Font 20.
SV-010 | Installation | Services | hour | 78 | 41 | 0 | Connection to water and electricity, first setting.
SV-020 | Yearly maintenance | Services | year of cover | 290 | 160 | 0 | One visit a year, wearing parts included.
SV-030 | Gold service | Services | year of cover | 540 | 310 | 0 | On site within eight working hours, Saturdays
  included.
SV-040 | Barista training | Services | day | 450 | 240 | 0 | For up to eight people, at the customer's.
"""
BUNDLES = """
PK-010 | Office starter package | 2190 | Brisa Duo, Font 12, coffee for the first months
PK-020 | Café opening package | 5490 | Espresso machine, grinder, training day and care products
"""
BUNDLE_ITEMS = """
PK-010 | CM-200 | 1 | required
PK-010 | WC-120 | 1 | required
PK-010 | CO-010 | 12 | required
PK-010 | AC-070 | 1 | optional
PK-020 | CM-300 | 1 | required
PK-020 | CM-400 | 1 | required
PK-020 | SV-040 | 1 | required
PK-020 | AC-030 | 4 | required
PK-020 | AC-040 | 2 | optional
"""
RELATIONSHIPS = """
CM-100 | CM-200 | up_sell
CM-200 | CM-210 | up_sell
CM-300 | CM-310 | up_sell
WC-120 | WC-300 | up_sell
WC-300 | WC-310 | up_sell
CM-210 | CM-900 | substitute
WC-210 | WC-200 | substitute
CM-100 | CO-040 | cross_sell
CM-200 | CO-010 | cross_sell
CM-300 | CO-020 | cross_sell
CM-300 | CM-400 | accessory
CM-210 | AC-070 | accessory
WC-310 | AC-060 | accessory
WC-120 | AC-050 | accessory
"""
COMPETITORS = """
Caldera Vending | caldera-vending.example | Cheap rental of simple machines | Large field force, low prices | Slow
  service in the countryside | 41
Nordbrühe GmbH | nordbruehe.example | Fully automatic machines for offices | Strong brand in Germany | Expensive
  spare parts | 37
AquaPunkt | aquapunkt.example | Bottled water coolers | Own depots all over Poland | No mains coolers | 29
Torrefacto Uno | torrefacto-uno.example | Espresso machines for bars | Design, Italian service partners | Long
  delivery times | 45
Spring & Bean Ltd | springandbean.example | Subscriptions for coffee and water | Easy contract, good app | Machines
  without milk system | 22
"""
VOLUME = (("5", "9", "4"), ("10", "24", "7"), ("25", "1000", "10"))
DEALER_PERCENTAGE = Decimal(82)
MACHINES, LISTS_OF_ALL = ("CM", "WC"), ("EUR", "PLN", "GBP")
# price lists: key | name | currency | the smallest step of its prices
PRICE_LISTS = """
EUR | Standard EUR | EUR | 0.01
PLN | Cennik standardowy PLN | PLN | 5
GBP | Standard GBP | GBP | 1
USD | Export USD | USD | 1
dealer | Dealers EUR | EUR | 0.01
old | Standard EUR, last year | EUR | 0.01
"""


@dataclass(frozen=True, slots=True)
class Catalog:
    """What is sold: products by number, price lists by key, prices by price list and number."""

    subjects: Mapping[str, Row]
    units: Mapping[str, Row]
    products: Mapping[str, Row]
    kinds: Mapping[str, str]  # product number → coffee, water, supplies, service
    bundle_items: Mapping[str, tuple[tuple[Row, str], ...]]
    price_lists: Mapping[str, Row]
    prices: Mapping[tuple[str, str], Decimal]
    competitors: tuple[Row, ...]

    def by_name(self, name: str) -> str:
        """The number of a product."""
        return next(n for n, p in self.products.items() if p["name"] == name)

    def unit_of(self, number: str) -> Row:
        """The unit in which a product is sold."""
        link = self.products[number]["default_unit"]
        return next(u for u in self.units.values() if u["id"] == link["id"])


def tell_catalog(story: Story, company: Company) -> Catalog:
    subjects: dict[str, Row] = {}
    for name, parent in table(SUBJECTS):
        subjects[name] = story.add("subject", start_of(story), name=name, parent_subject=subjects.get(parent))
    groups, units = tell_units(story)
    price_lists = {
        key: story.add(
            "price_list", start_of(story), name=name, currency=company.currencies[currency], payment_terms="net_30",
            start_date=story.date(BEGINNING - 365 * (key == "old")),
            end_date=story.date(BEGINNING) if key == "old" else None,
            state="inactive" if key == "old" else "active",
        )
        for key, name, currency, _ in table(PRICE_LISTS)
    }  # fmt: skip
    products, kinds = tell_products(story, company, groups, units, subjects)
    for number, name, price, text in table(BUNDLES):
        products[number] = story.add(
            "product", start_of(story), name=name, product_number=number, structure="bundle", description=text,
            unit_group=groups["Pieces"], default_unit=units["piece"], list_price=price, decimals_supported=0,
            currency=company.currencies["EUR"], product_type="sales_inventory", is_kit=True, state="active",
            valid_from=story.date(BEGINNING), subject=subjects["Products"],
        )  # fmt: skip
        kinds[number] = "package"
    for row in products.values():
        row["default_price_list"] = {"id": price_lists["EUR"]["id"]}
    bundle_items = tell_bundles(story, products)
    prices = tell_prices(story, company, products, price_lists, units)
    tell_properties(story, products)
    competitors = tell_competitors(story, company)
    return Catalog(subjects, units, products, kinds, bundle_items, price_lists, prices, competitors)


def start_of(story: Story) -> datetime:
    return story.moment(BEGINNING, 6)


def tell_units(story: Story) -> tuple[dict[str, Row], dict[str, Row]]:
    groups = {
        name: story.add("unit_group", start_of(story), name=name, base_unit_name=base, description=text)
        for name, base, text in table(UNIT_GROUPS)
    }
    units: dict[str, Row] = {}
    for group, name, base, quantity in table(UNITS):
        units[name] = story.add(
            "unit", start_of(story), name=name, unit_group=groups[group], quantity=quantity, base_unit=units.get(base),
            is_group_base_unit=name in {g[1] for g in table(UNIT_GROUPS)},
        )  # fmt: skip
    return groups, units


def tell_products(
    story: Story,
    company: Company,
    groups: Mapping[str, Row],
    units: Mapping[str, Row],
    subjects: Mapping[str, Row],
) -> tuple[dict[str, Row], dict[str, str]]:
    """Families and what is in them."""
    families: dict[str, tuple[Row, str]] = {}
    euro = company.currencies["EUR"]
    for i, (name, parent, kind) in enumerate(table(FAMILIES)):
        above = families[parent][0] if parent else None
        path = f"{parent}\\{name}" if parent else name
        family = story.add(
            "product", start_of(story), name=name, product_number=f"FA-{i:03}", structure="family",
            parent_product=above,
            hierarchy_path=path, subject=subjects.get(name), state="active",
        )  # fmt: skip
        families[name] = family, kind
    products, kinds = {}, {}
    for number, name, family_name, unit, price, cost, weight, text in table(PRODUCTS):
        family, kind = families[family_name]
        group = next(g for g, n, _, _ in table(UNITS) if n == unit)
        when, state = start_of(story), "active"
        if number in ("CM-210", "WC-210"):
            when = story.moment((LAUNCH if number == "CM-210" else RECALL) - 30)
        if number in ("CM-900", "WC-200"):
            state = "retired" if number == "CM-900" else "under_revision"
        products[number] = story.add(
            "product", when, name=name, product_number=number, structure="product", parent_product=family, state=state,
            hierarchy_path=f"Brumella range\\{family_name}", description=text, unit_group=groups[group],
            default_unit=units[unit], list_price=price, standard_cost=cost, current_cost=cost, currency=euro,
            product_type="services" if kind == "service" else "sales_inventory", is_stock_item=kind != "service",
            quantity_on_hand=None if kind == "service" else story.between(4, 400), stock_weight=weight,
            decimals_supported=0,
            valid_from=story.date(BEGINNING), url=f"https://www.{DOMAIN}/{slug(name)}",
            subject=subjects.get(family_name),
        )  # fmt: skip
        kinds[number] = kind
    return products, kinds


def tell_bundles(story: Story, products: Mapping[str, Row]) -> dict[str, tuple[tuple[Row, str], ...]]:
    """What is in the bundles, and which products go together."""
    made: dict[str, tuple[tuple[Row, str], ...]] = {}
    for i, (bundle, number, quantity, requirement) in enumerate(table(BUNDLE_ITEMS), 1):
        product = products[number]
        row = story.add(
            "product_bundle_item", start_of(story), name=f"{products[bundle]['name']}: {product['name']}",
            bundle=products[bundle], product=product, quantity=quantity, unit=product["default_unit"],
            requirement=requirement, sequence_number=i, state="active",
        )  # fmt: skip
        made[bundle] = (*made.get(bundle, ()), (row, number))
    for one, other, kind in table(RELATIONSHIPS):
        story.add(
            "product_relationship", start_of(story), name=f"{products[one]['name']} → {products[other]['name']}",
            product=products[one], related_product=products[other], relationship_type=kind,
            direction="bidirectional" if kind == "substitute" else "unidirectional",
        )  # fmt: skip
    return made


def tell_prices(
    story: Story,
    company: Company,
    products: Mapping[str, Row],
    price_lists: Mapping[str, Row],
    units: Mapping[str, Row],
) -> dict[tuple[str, str], Decimal]:
    """An item for each product on each price list, and volume discounts for machines."""
    volume = discounts(story)
    prices: dict[tuple[str, str], Decimal] = {}
    for key, _, currency, step in table(PRICE_LISTS):
        rate = next(Decimal(r) for c, _, _, r in table(CURRENCIES) if c == currency)
        for number, product in products.items():
            machine = number[:2] in MACHINES
            if "list_price" not in product or not (machine or key in LISTS_OF_ALL):
                continue
            exact = product["list_price"] * rate
            price = cents((exact / Decimal(step)).quantize(Decimal(1)) * Decimal(step)) if exact > 50 else cents(exact)
            if key == "dealer":
                price = cents(exact * DEALER_PERCENTAGE / 100)
            by_percent = key == "dealer"
            prices[key, number] = price
            story.add(
                "price_list_item", start_of(story), name=f"{product['name']} – {price_lists[key]['name']}",
                product=product,
                price_list=price_lists[key], unit=product["default_unit"], quantity_selling="whole",
                pricing_method="percent_of_list" if by_percent else "currency_amount",
                amount=None if by_percent else price, percentage=DEALER_PERCENTAGE if by_percent else None,
                rounding_policy="to_nearest" if by_percent else "none",
                rounding_option="multiple_of" if by_percent else None,
                rounding_amount="0.01" if by_percent else None, currency=company.currencies[currency],
                discount_list=volume if machine and key != "old" else None,
            )  # fmt: skip
    return prices


def discounts(story: Story) -> Row:
    """Two discount lists; the first one is that of the machines."""
    made = story.add("discount_list", start_of(story), name="Volume discount for machines", state="active")
    spare = story.add("discount_list", start_of(story), name="Supplies by the pallet", state="active")
    for row in (made, spare):
        for low, high, percentage in VOLUME[: 3 if row is made else 2]:
            story.add(
                "discount", start_of(story), name=f"{low}–{high}: {percentage} %", discount_list=row, low_quantity=low,
                high_quantity=high, percentage=percentage,
            )  # fmt: skip
    return made


def tell_properties(story: Story, products: Mapping[str, Row]) -> None:
    """What can be chosen of a machine: colour, supply voltage, water hardness."""
    choices = {"Colour": ("Graphite", "Cream", "Copper"), "Milk system": ("None", "One milk", "Two milks")}
    for number in ("CM-200", "CM-210"):
        for name, options in choices.items():
            made = story.add(
                "product_property", start_of(story), name=name, regarding=products[number], data_type="option_set",
                is_required=name == "Colour", state="active",
            )  # fmt: skip
            rows = [
                story.add(
                    "product_property_option",
                    start_of(story),
                    name=o,
                    product_property=made,
                    value=i,
                    sequence_number=i,
                )
                for i, o in enumerate(options, 1)
            ]
            made["default_option"] = {"id": rows[0]["id"]}
    for number in ("CM-300", "CM-310"):
        story.add(
            "product_property", start_of(story), name="Water hardness (°dH)", regarding=products[number],
            state="active",
            data_type="whole_number", default_integer=12, minimum_integer=0, maximum_integer=40,
        )  # fmt: skip


def tell_competitors(story: Story, company: Company) -> tuple[Row, ...]:
    return tuple(
        story.add(
            "competitor", start_of(story), name=name, website=f"https://www.{site}", key_product=product,
            overview=product,
            strengths=strong, weaknesses=weak, win_percentage=percentage, currency=company.currencies["EUR"],
            reported_revenue=story.between(20, 240) * 1_000_000, reporting_year=story.today.year - 1,
        )
        for name, site, product, strong, weak, percentage in table(COMPETITORS)
    )  # fmt: skip
