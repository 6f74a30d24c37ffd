"""Invented names of people and communes, put together from common Vietnamese parts."""

from __future__ import annotations

from itertools import product
from random import Random

# By how common they are; that few families share most names is why group leaders have namesakes.
_FAMILIES = (
    ("Nguyễn", 38), ("Trần", 11), ("Lê", 9), ("Phạm", 9), ("Hoàng", 5), ("Vũ", 6), ("Đỗ", 5), ("Bùi", 4),
    ("Đặng", 3), ("Ngô", 3), ("Đào", 2), ("Đoàn", 2), ("Lương", 1), ("Mai", 1), ("Tạ", 1),
)  # fmt: skip
_HER_MIDDLES = ("Thị", "Thị", "Thị", "Thị", "Thị Thanh", "Thị Kim", "Ngọc", "Thu")
_HIS_MIDDLES = ("Văn", "Văn", "Văn", "Đức", "Hữu", "Quang", "Xuân", "Minh", "Đình")
_HER_NAMES = (
    "Hoa", "Lan", "Hương", "Hằng", "Thủy", "Hà", "Nga", "Loan", "Liên", "Thảo", "Yến", "Mai", "Dung", "Hạnh",
    "Nhung", "Tâm", "Huệ", "Oanh", "Vân", "Tuyết", "Bích", "Phượng", "Hòa", "Thúy", "Xuyến",
)  # fmt: skip
_HIS_NAMES = (
    "Hùng", "Dũng", "Tuấn", "Sơn", "Hải", "Thắng", "Cường", "Long", "Bình", "Toàn", "Hưng", "Khánh", "Thành",
    "Lâm", "Quyết", "Tiến", "Chiến", "Mạnh", "Nam", "Phong", "Hòa", "Thuận", "Việt", "Đông", "Khoa",
)  # fmt: skip
_FIRST_SYLLABLES = (
    "An", "Bình", "Đông", "Tây", "Nam", "Hồng", "Tân", "Phú", "Vĩnh", "Quang", "Thanh", "Minh", "Xuân", "Hải",
    "Long", "Kim", "Thái", "Yên",
)  # fmt: skip
_SECOND_SYLLABLES = (
    "Sơn", "Hà", "Giang", "Lâm", "Thủy", "Khê", "Trung", "Thịnh", "Lợi", "Hưng", "Phong", "Mỹ", "Thạch",
    "Hòa", "Lộc", "Tiến", "Trạch", "Cường",
)  # fmt: skip

# How many in a hundred leaders are women, by association.
_WOMEN = {"11": 35, "12": 98, "13": 6, "14": 45}


def person(rng: Random, women: int = 50) -> str:
    """A name; `women` is the chance in a hundred that it is a woman's."""
    families, commonness = zip(*_FAMILIES, strict=True)
    family: str = rng.choices(families, commonness)[0]
    hers = rng.randrange(100) < women
    middle = rng.choice(_HER_MIDDLES if hers else _HIS_MIDDLES)
    return f"{family} {middle} {rng.choice(_HER_NAMES if hers else _HIS_NAMES)}"


def leader(rng: Random, association: str) -> str:
    """The name of a group's leader."""
    return person(rng, _WOMEN[association])


def communes(rng: Random, count: int) -> list[str]:
    """Distinct commune names; the first is the town."""
    pairs = [pair for pair in product(_FIRST_SYLLABLES, _SECOND_SYLLABLES) if pair[0] != pair[1]]
    chosen = rng.sample(pairs, count)
    return [f"{'Xã' if place else 'Thị trấn'} {a} {b}" for place, (a, b) in enumerate(chosen)]
