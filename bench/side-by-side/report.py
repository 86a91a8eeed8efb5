"""The table for people and the measurements for machines."""
import dataclasses
import json
import statistics


@dataclasses.dataclass(frozen=True)
class Column:
    """One quantity: its name in JSON, its heading, and how much of its unit the table's unit is."""

    key: str
    heading: str
    scale: float = 1
    decimals: int = 1
    spread: bool = False  # also lowest and highest
    ratio: str = ""  # heading of the ratio to the best peer, where it is of interest; lower is better


RATE = Column("per_second", "per s", decimals=0)
CPU = Column("cpu_ns", "CPU µs each", 1e3, 2, spread=True, ratio="CPU ratio")
P50 = Column("p50", "p50 ms", 1e3, 2)
P99 = Column("p99", "p99 ms", 1e3, 2, ratio="p99 ratio")
P999 = Column("p999", "p99.9 ms", 1e3, 2)
WAITED = Column("waited_ns", "waited µs each", 1e3)
RSS = Column("rss", "RSS MiB", 1 << 20)
PSS = Column("pss", "PSS MiB", 1 << 20)

# Of the measurements in JSON; those of no unit are numbers and ratios.
UNITS = {"per_second": "requests, connections, messages or bytes per second", "cpu_ns": "ns each, for bulk ns per byte", "waited_ns": "ns each",
         **dict.fromkeys(("p50", "p99", "p999", "added_p50", "added_p99", "change", "p99_change"), "us"),
         **dict.fromkeys(("rss", "pss", "rss_each", "pss_each", "pss_added"), "bytes")}


@dataclasses.dataclass
class Section:
    """What one scenario found: for each contender its samples, round by round."""

    letter: str
    name: str
    title: str
    columns: list
    samples: dict  # contender -> list of {key: value}
    remarks: list = dataclasses.field(default_factory=list)

    def values(self, contender, key):
        return [sample[key] for sample in self.samples[contender] if sample.get(key) is not None]

    def best_peer(self, key):
        """The peer whose median is lowest."""
        peers = [name for name in self.samples if name not in ("NodeMesh", "no proxy") and self.values(name, key)]
        return min(peers, key=lambda name: statistics.median(self.values(name, key)), default=None)

    def ratio(self, contender, key):
        """To the best peer: the median, lowest and highest of the rounds' own ratios, since what else the machine does changes between rounds."""
        best = self.best_peer(key)
        if best is None or contender == "no proxy":
            return None
        ratios = [own / other for own, other in zip(self.values(contender, key), self.values(best, key)) if other > 0]
        return (statistics.median(ratios), min(ratios), max(ratios)) if ratios else None


def _cell(section, contender, column):
    values = section.values(contender, column.key)
    if not values:
        return "-"
    def number(value):
        return f"{value / column.scale:,.{column.decimals}f}"

    text = number(statistics.median(values))
    return f"{text} ({number(min(values))}-{number(max(values))})" if column.spread and len(values) > 1 else text


def _rows(section):
    ratios = [column for column in section.columns if column.ratio]
    yield ["", *(column.heading for column in section.columns), *(column.ratio for column in ratios)]
    for contender in section.samples:
        row = [contender, *(_cell(section, contender, column) for column in section.columns)]
        for column in ratios:
            found = section.ratio(contender, column.key)
            row.append("%.2f (%.2f-%.2f)" % found if found else "-")
        yield row


def print_sections(sections):
    for section in sections:
        rows = list(_rows(section))
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        rounds = max(len(samples) for samples in section.samples.values())
        print(f"\n({section.letter}) {section.title} [{section.name}, {rounds} round{'s' * (rounds > 1)}]")
        for row in rows:
            print("  " + row[0].ljust(widths[0]) + "".join("  " + cell.rjust(width) for cell, width in zip(row[1:], widths[1:])))
        for remark in section.remarks:
            print(f"  * {remark}")


def write_json(path, host, sections, failure):
    """With the failure that kept the rest from being measured, or None."""
    found = []
    for section in sections:
        ratios = {column.key: {name: dict(zip(("median", "lowest", "highest"), ratio)) for name in section.samples
                               if (ratio := section.ratio(name, column.key))} for column in section.columns if column.ratio}
        found.append({"letter": section.letter, "name": section.name, "title": section.title, "remarks": section.remarks,
                      "samples": section.samples, "best_peer": {key: section.best_peer(key) for key in ratios}, "ratios": ratios})
    with path.open("w", encoding="utf-8") as file:
        json.dump({"host": host, "units": UNITS, "failure": failure, "scenarios": found}, file, indent=1)
        file.write("\n")
