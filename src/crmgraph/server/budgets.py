"""How much somebody may ask for in a time: buckets that fill again by the second, in this process alone."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from math import ceil
from time import monotonic

from crmgraph.errors import RateLimited

MOST = 50_000  # buckets; those untouched the longest, which have filled again, go first
IPV6_NETWORK = 64  # bits of an address that its owner does not choose


@dataclass(slots=True)
class Bucket:
    """What is left, as of a moment."""

    left: float
    when: float


class Buckets:
    """A bucket for each of many; `rate` is what runs in every second up to `most`. A rate of 0 limits nothing.

    A bucket may be overdrawn by what is taken last: an operation that costs more than the bucket holds can be paid
    by waiting afterwards. Only who has nothing left is refused.
    """

    def __init__(self, key: str, rate: float, most: float) -> None:
        self.key, self.rate, self.most = key, rate, most
        self._buckets: dict[Hashable, Bucket] = {}

    def check(self, who: Hashable) -> None:
        """`RateLimited` if nothing is left."""
        if self.rate and (bucket := self._buckets.get(who)) is not None:
            self._refuse_if_empty(self._filled(bucket))

    def take(self, who: Hashable, count: float) -> None:
        """Take so much; `RateLimited` if nothing is left."""
        if not self.rate:
            return
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = Bucket(self.most, monotonic())
            if len(self._buckets) > MOST:
                self._forget()
        self._refuse_if_empty(self._filled(bucket))
        bucket.left -= count

    def _filled(self, bucket: Bucket) -> Bucket:
        now = monotonic()
        bucket.left = min(self.most, bucket.left + (now - bucket.when) * self.rate)
        bucket.when = now
        return bucket

    def _refuse_if_empty(self, bucket: Bucket) -> None:
        if bucket.left <= 0:
            raise RateLimited(self.key, max(1, ceil(-bucket.left / self.rate)))

    def _forget(self) -> None:
        """Full buckets say nothing; if all are in use, those used longest ago go."""
        kept = {who: b for who, b in self._buckets.items() if self._filled(b).left < self.most}
        self._buckets = dict(sorted(kept.items(), key=lambda entry: entry[1].when)[-MOST // 2 :])


class Bill:
    """Charges one operation to somebody, once, however often it is planned anew."""

    __slots__ = ("buckets", "paid", "who")

    def __init__(self, buckets: Buckets, who: Hashable) -> None:
        self.buckets, self.who, self.paid = buckets, who, False

    def __call__(self, cost: int) -> None:
        if not self.paid:
            self.buckets.take(self.who, cost)
            self.paid = True


def network_of(address: str) -> str:
    """Who stands behind an address: of IPv6 the network, as one person has 2⁶⁴ addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), IPV6_NETWORK), strict=False))
