"""What lines and documents cost: the arithmetic of docs/crm-rules, in exact decimals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crmgraph.crm.demo.catalog import VOLUME
from crmgraph.crm.demo.story import Row, cents

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a deal, as it is copied from document to document. `part_of` is the number of a bundle's line."""

    number: str | None
    product: Row | None
    unit: Row | None
    text: str
    quantity: int
    price: Decimal
    volume_discount: Decimal
    manual_discount: Decimal
    vat: Decimal
    product_type: str = "product"
    bundle_item: Row | None = None
    part_of: int | None = None

    @property
    def base_amount(self) -> Decimal:
        return self.quantity * (self.price - self.volume_discount)

    @property
    def tax(self) -> Decimal:
        return cents((self.base_amount - self.manual_discount) * self.vat / 100)

    @property
    def extended_amount(self) -> Decimal:
        return self.base_amount - self.manual_discount + self.tax

    def values(self, number: int) -> dict[str, Any]:
        """The fields that the lines of all four documents share."""
        return {
            "name": self.text,
            "line_number": number,
            "sequence_number": number,
            "product_type": self.product_type,
            "product": self.product,
            "product_description": None if self.product else self.text,
            "unit": self.unit,
            "bundle_item": self.bundle_item,
            "quantity": self.quantity,
            "is_price_overridden": self.product is None,
            "price_per_unit": self.price,
            "volume_discount": self.volume_discount,
            "base_amount": self.base_amount,
            "manual_discount": self.manual_discount or None,
            "tax": self.tax,
            "extended_amount": self.extended_amount,
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """What is taken off or put on the whole document."""

    discount_percentage: Decimal = ZERO
    freight: Decimal = ZERO


def volume_discount(price: Decimal, quantity: int) -> Decimal:
    """The discount per unit that the machines' discount list gives."""
    for low, high, percentage in VOLUME:
        if int(low) <= quantity <= int(high):
            return cents(price * Decimal(percentage) / 100)
    return ZERO


def totals(lines: Iterable[Line], terms: Terms) -> Mapping[str, Decimal | None]:
    """The head's fields, from its lines."""
    lines = tuple(lines)
    items = sum((line.extended_amount - line.tax for line in lines), ZERO)
    line_discounts = sum((line.manual_discount for line in lines), ZERO)
    tax = sum((line.tax for line in lines), ZERO)
    head_discount = cents(items * terms.discount_percentage / 100)
    return {
        "total_line_item_amount": items,
        "total_line_item_discount_amount": line_discounts,
        "discount_percentage": terms.discount_percentage or None,
        "total_discount_amount": line_discounts + head_discount,
        "total_amount_less_freight": items - head_discount,
        "freight_amount": terms.freight or None,
        "total_tax": tax,
        "total_amount": items - head_discount + terms.freight + tax,
    }
