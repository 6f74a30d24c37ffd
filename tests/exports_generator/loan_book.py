"""One invented transaction office: 5 communes, 30 groups, their loans. Everything here is made up.

All example files are written from this one loan book, so that their figures agree (or differ) as real exports do.
Amounts are whole dong.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SEED = 20260331
AS_OF = (31, 3, 2026)  # day, month, year: the end of a quarter
DRAWN = (2, 4, 2026)  # the day the report was drawn up: not the date of the data
POS = "009901"  # six digits, as in the bank's files
BRANCH = "009900"
OFFICE = "PGD Thử Nghiệm"
BRANCH_NAME = "CHI NHÁNH NHCSXH TỈNH THỬ NGHIỆM"

COMMUNES = [
    ("990011", "Xã Thử Một"),
    ("990012", "Xã Thử Hai"),
    ("990013", "Phường Thử Ba"),
    ("990014", "Xã Thử Bốn"),
    ("990015", "Phường Thử Năm"),
]
ASSOCIATIONS = {
    "11": "Hội nông dân",
    "12": "Hội liên hiệp phụ nữ",
    "13": "Hội cựu chiến binh",
    "14": "Đoàn thanh niên",
}
# code of the programme, the system's short name, the name in detailed exports, the name in 01.2/BCTD
PROGRAMMES = [
    ("01", "HONGHEO", "Cho vay ưu đãi hộ nghèo", "Cho vay hộ nghèo"),
    ("02", "HSSV", "Cho vay học sinh, sinh viên có hoàn cảnh khó khăn", "Cho vay HSSV có hoàn cảnh khó khăn"),
    ("03", "GQVL", "Cho vay giải quyết việc làm", "Cho vay hỗ trợ tạo việc làm"),
    ("04", "XKLD", "Cho vay ĐTCS đi lao động có thời hạn ở nước ngoài", "Cho vay đi làm việc ở nước ngoài"),
    ("06", "NSVSMT", "Cho vay nước sạch và vệ sinh môi trường nông thôn", "Cho vay NS&VSMT nông thôn"),
    ("09", "HMTN", "Cho vay hộ mới thoát nghèo theo QĐ 28", "Cho vay hộ mới thoát nghèo"),
    ("12", "CVNHA100", "Cho vay nhà ở xã hội theo Nghị định số 100", "Cho vay nhà ở xã hội"),
    ("19", "HCN_QD15", "Cho vay hộ cận nghèo theo QĐ 15", "Cho vay hộ cận nghèo"),
    ("26", "NCHXAPT", "Cho vay người chấp hành xong án phạt tù", "Cho vay người chấp hành xong án phạt tù"),
]
PROGRAMME = {p[0]: p for p in PROGRAMMES}


@dataclass
class Group:
    code: str
    leader: str
    commune: str
    association: str
    hamlet: str
    point: str
    score: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    closing: bool = False  # balance 0, still on LEN_31


@dataclass
class Loan:
    number: str
    customer: str
    group: str  # "" = direct
    commune: str
    hamlet: str
    association: str
    programme: str
    source: str  # 1 central, 2 local
    investor: str
    current: int = 0
    overdue: int = 0
    frozen: int = 0
    lent: dict[str, int] = field(default_factory=lambda: {"m": 0, "q": 0, "y": 0})
    rolled: dict[str, int] = field(default_factory=lambda: {"m": 0, "q": 0, "y": 0})
    paid: dict[str, int] = field(default_factory=lambda: {"m": 0, "q": 0, "y": 0})  # current part
    paid_overdue: dict[str, int] = field(default_factory=lambda: {"m": 0, "q": 0, "y": 0})
    written_off: int = 0
    status: str = "OPEN"
    term: str = "Trung hạn"
    granted: int = 0
    stem: bool = False

    @property
    def balance(self) -> int:
        return self.current + self.overdue + self.frozen

    @property
    def opening(self) -> int:
        net = self.lent["y"] - self.rolled["y"]
        return self.balance - net + self.paid["y"] + self.paid_overdue["y"] + self.written_off


@dataclass
class Customer:
    code: str
    name: str
    group: str
    commune: str
    hamlet: str
    deposit: int
    books: int = 1


@dataclass
class Office:
    groups: list[Group]
    loans: list[Loan]
    customers: dict[str, Customer]


def rating(score: float) -> str:
    return "Yếu" if score < 50 else "Trung bình" if score < 70 else "Khá" if score < 85 else "Tốt"


def build(seed: int = SEED) -> Office:
    """The loan book of one office; another seed makes another one."""
    rng = random.Random(seed)
    groups: list[Group] = []
    loans: list[Loan] = []
    customers: dict[str, Customer] = {}
    order = [["11", "11", "12", "12", "13", "14"]] * 4 + [["11", "12", "12", "12", "13", "13"]]
    leader = 0
    for c, (commune, _) in enumerate(COMMUNES):
        for g, association in enumerate(order[c]):
            leader += 1
            name = f"Tổ trưởng {leader:02d}"
            if commune == "990012" and g == 3:
                name = groups[-1].leader  # two groups of one commune led by people of the same name
            if commune == "990013" and g == 0:
                name = "Tổ trưởng 13 tên rất dài bị cắt bớt khi in"
            hamlet = f"{commune}{1 + g // 2:02d}"
            point = f"TXN09{commune[-2:]}{1 + g // 4:02d}"
            groups.append(Group(f"{12300 + leader:07d}", name, commune, association, hamlet, point))
    groups.append(Group("0012399", "Tổ trưởng 99", "990011", "13", "99001103", "TXN091101", closing=True))

    number = 0

    def new_loan(customer: Customer, group: Group | None, programme: str, source: str = "") -> Loan:
        nonlocal number
        number += 1
        source = source or rng.choice("1112")
        investor = "INV99000000001" if source == "2" else ""
        association = group.association if group else "99"
        return Loan(
            f"66009901{number:08d}",
            customer.code,
            group.code if group else "",
            customer.commune,
            customer.hamlet,
            association,
            programme,
            source,
            investor,
        )

    def move(loan: Loan) -> None:
        """Balance and movements of one loan."""
        amount = rng.choice([20, 30, 40, 50, 80, 100]) * 1_000_000
        loan.granted = amount
        loan.term = rng.choice(["Ngắn hạn", "Trung hạn", "Trung hạn", "Dài hạn"])
        draw = rng.random()
        if draw < 0.12:  # lent this quarter
            loan.lent.update(y=amount, q=amount, m=amount if rng.random() < 0.4 else 0)
            loan.current = amount
            return
        loan.current = amount - rng.randrange(0, amount // 4, 1000)
        if rng.random() < 0.3:
            paid = min(rng.randrange(500_000, 6_000_000, 1000), loan.current // 2)
            loan.paid.update(y=paid, q=paid, m=paid // 3 if rng.random() < 0.6 else 0)
        if draw > 0.985:
            loan.overdue, loan.current = loan.current, 0
            if rng.random() < 0.5:
                loan.paid_overdue.update(y=300_000, q=300_000, m=100_000)
        elif draw > 0.978:
            loan.frozen, loan.current = loan.current, 0

    count = 0
    for group in groups:
        if group.closing:
            continue
        for _ in range(rng.randint(18, 40)):
            count += 1
            customer = Customer(
                f"99{count:08d}",
                f"Khách hàng {count:04d}",
                group.code,
                group.commune,
                group.hamlet,
                rng.randrange(0, 9_000_000, 7),
            )
            customers[customer.code] = customer
            draw = rng.random()
            if draw < 0.06:
                continue  # a member who only saves
            wanted = [rng.choice(["01", "02", "03", "03", "06", "06", "09", "19", "19", "26"])]
            if draw > 0.7:
                wanted.append("06" if wanted[0] != "06" else "03")
            for programme in wanted:
                loan = new_loan(customer, group, programme)
                move(loan)
                if programme == "02" and rng.random() < 0.2:
                    loan.stem = True
                loans.append(loan)
            if draw > 0.985:
                customer.books = 2
    # one loan rolled over this month: lent on paper, nothing new
    loan = next(x for x in loans if x.group == groups[4].code and x.current > 40_000_000 and not x.lent["y"])
    loan.lent.update(m=40_000_000, q=40_000_000, y=40_000_000)
    loan.rolled.update(m=40_000_000, q=40_000_000, y=40_000_000)
    # closed this year, one of them written off
    for n in range(24):
        group = groups[n % 30]
        customer = next(c for c in customers.values() if c.group == group.code)
        loan = new_loan(customer, group, "01", "1")
        loan.status, loan.granted = "CLOSE", 20_000_000
        if n == 7:
            loan.written_off = 5_000_000
        else:
            loan.paid.update(y=3_000_000 + n * 100_000, q=3_000_000 + n * 100_000, m=0)
        loans.append(loan)
    # the group that should be closed: one saver, one loan closed this year
    count += 1
    saver = Customer(f"99{count:08d}", f"Khách hàng {count:04d}", "0012399", "990011", "99001103", 150_000)
    customers[saver.code] = saver
    loan = new_loan(saver, groups[-1], "01", "1")
    loan.status, loan.granted = "CLOSE", 10_000_000
    loan.paid.update(y=1_000_000, q=1_000_000, m=0)
    loans.append(loan)
    # direct lending: no group, code 99
    for n in range(14):
        count += 1
        commune = COMMUNES[n % 5][0]
        customer = Customer(
            f"99{count:08d}",
            f"Khách hàng {count:04d}",
            "",
            commune,
            f"{commune}01",
            rng.randrange(0, 2_000_000, 11),
        )
        customers[customer.code] = customer
        loan = new_loan(customer, None, rng.choice(["12", "12", "04", "03"]), "1")
        move(loan)
        loans.append(loan)
    # people who only save: no loan, no group, no hamlet
    for _ in range(40):
        count += 1
        customer = Customer(
            f"99{count:08d}",
            f"Khách hàng {count:04d}",
            "0000000",
            "990100",
            "99010000",
            rng.randrange(100_000, 3_000_000, 13),
        )
        customers[customer.code] = customer

    limits = {"gdx": 20, "nqh": 30, "goc": 15, "lai": 20, "tv": 5, "tg": 10}
    for n, group in enumerate(groups):
        want = (
            62.5
            if n == 5
            else 84.9
            if n == 11
            else 78.0
            if n in (17, 23)
            else 45.0
            if n == 26
            else rng.uniform(85, 100)
        )
        parts: dict[str, float] = {}
        left = round(100 - want, 2)
        for key in ("tg", "tv", "goc", "gdx", "lai", "nqh"):
            cut = round(min(limits[key], left), 2)
            parts[key] = round(limits[key] - cut, 2)
            left = round(left - cut, 2)
        group.parts, group.score = parts, round(sum(parts.values()), 2)
    return Office(groups, loans, customers)
