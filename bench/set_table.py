"""The figures of measure_sets.py beside their bars."""

from set_queries import (
    BARRED_BLOCKS,
    GROWTH_MAX,
    NEEDLE_BLOCKS,
    NEEDLE_QUERY,
    PARALLEL_MAX,
    QUERIES,
    REFERENCE_Z_SECONDS,
    SCAN,
)

MILLION = 1_000_000


class Table:
    """Prints rows and remembers whether a bar was missed. Bars are scaled by the machine's z."""

    def __init__(self, z_seconds):
        self.scale = z_seconds / REFERENCE_Z_SECONDS
        self.met = True

    def scaled(self, bar, factor=1):
        return None if bar is None else bar * self.scale * factor

    def missed(self, *pairs, failed=False):
        """The mark at the end of a row with these (figure, bar)."""
        is_missed = failed or any(bar is not None and figure > bar for figure, bar in pairs)
        self.met = self.met and not is_missed
        return "  MISSED" if is_missed else ""


def number(value):
    return "" if value is None else f"{value:.1f}"


def cpu_bar(table, query, figures):
    """The strictest bar of CPU for the first time asked in this set, in ms."""
    bars = [table.scaled(query.cpu_ms_per_million, figures["spans"] / MILLION)]
    if figures["blocks"] == BARRED_BLOCKS:
        bars.append(table.scaled(query.cpu_ms, figures["spans"] / MILLION))
    return min((bar for bar in bars if bar is not None), default=None)


def wall_bar(table, query, figures):
    """Wall time does not shrink with a set of fewer spans than the bars are meant for."""
    return table.scaled(query.first_ms) if figures["blocks"] == BARRED_BLOCKS else None


def print_queries(table, figures):
    print(
        f"{'':28}{'first ms':>10}{'bar':>8}{'CPU ms':>10}{'bar':>8}{'again ms':>10}{'CPU ms':>10}"
        f"{'MB read':>9}"
    )
    for name, query_figures in figures["queries"].items():
        query = QUERIES[name]
        wall, cpu = query_figures["first_ms"], query_figures["first_cpu_ms"]
        bars = wall_bar(table, query, figures), cpu_bar(table, query, figures)
        failed = query_figures["status"] != 200
        again = (
            "" if failed else f"{query_figures['median_ms']:10.1f}{query_figures['cpu_ms']:10.1f}"
        )
        read = "504" if failed else f"{query_figures['inspected_bytes'] / 1e6:.2f}"
        mark = table.missed((wall, bars[0]), (cpu, bars[1]), failed=failed)
        print(
            f"{name:28}{wall:10.1f}{number(bars[0]):>8}{cpu:10.1f}{number(bars[1]):>8}{again:20}"
            f"{read:>9}{mark}"
        )


def print_moved(table, figures):
    for name, moved in figures["moved"].items():
        label = f"{name}, window moved"
        if moved["status"] != 200:
            print(f"{label:44} 504{table.missed(failed=True)}")
            continue
        is_barred = figures["blocks"] == BARRED_BLOCKS
        bar = table.scaled(QUERIES[name].moved_ms) if is_barred else None
        mark = table.missed((moved["wall_ms"], bar))
        print(
            f"{label:44}{moved['wall_ms']:8.1f} ms{number(bar):>8}{moved['cpu_ms']:10.1f} CPU{mark}"
        )


def print_two_clients(table, figures):
    for name, two in figures["two_clients"].items():
        label = f"{name}, two clients at once"
        if two["status"] != 200:
            print(f"{label:44} 504{table.missed(failed=True)}")
            continue
        print(
            f"{label:44}{two['median_ms']:8.1f} ms{two['wall_ms_per_query']:8.1f} ms a query"
            f"{two['cpu_ms']:10.1f} CPU"
        )


def print_needle(table, figures):
    """What a value of one block reads, in parts of a scan."""
    needle, scan = (figures["queries"].get(name) for name in (NEEDLE_QUERY, SCAN))
    if not needle or not scan or scan["status"] != 200 or figures["blocks"] <= NEEDLE_BLOCKS:
        return
    part = needle["inspected_bytes"] / scan["inspected_bytes"]
    bar = NEEDLE_BLOCKS / figures["blocks"]
    print(f"{NEEDLE_QUERY}, bytes of a scan{part:14.3f}{bar:8.3f}{table.missed((part, bar))}")


def print_parallel(table, figures):
    """Wall time of a scan in parts of its CPU time."""
    scan = figures["queries"].get(SCAN)
    if not scan or scan["status"] != 200 or scan["first_cpu_ms"] == 0:
        return
    part = scan["first_ms"] / scan["first_cpu_ms"]
    print(
        f"scan, wall time of its CPU time{part:17.2f}{PARALLEL_MAX:8.2f}"
        f"{table.missed((part, PARALLEL_MAX))}"
    )


def print_growth(table, one, many):
    """What the largest set costs in CPU, of a single block."""
    print(f"\n{'':28}{'times':>10}{'bar':>8}   CPU of {many['blocks']} blocks, of one block's")
    for name, of_one in one["queries"].items():
        of_many = many["queries"][name]
        bar = GROWTH_MAX if QUERIES[name].grows else None
        if of_one["status"] != 200 or of_many["status"] != 200:
            print(f"{name:28}{'504':>10}{number(bar):>8}{table.missed(failed=bar is not None)}")
            continue
        times = of_many["first_cpu_ms"] / max(of_one["first_cpu_ms"], 0.1)
        print(f"{name:28}{times:10.1f}{number(bar):>8}{table.missed((times, bar))}")


def print_set(table, figures):
    print(
        f"\n{figures['name']} spans, {figures['bytes'] / 1e6:.0f} MB, "
        f"written by {figures['revision']}"
    )
    print_queries(table, figures)
    print_needle(table, figures)
    print_moved(table, figures)
    print_two_clients(table, figures)


def print_sets(z_seconds, sets):
    """Prints each set as it comes; (all their figures, whether every bar is met)."""
    table = Table(z_seconds)
    print(
        f"\nz = {z_seconds:.2f} s for a million spans: bars are those of a machine with "
        f"{REFERENCE_Z_SECONDS} s times {table.scale:.2f}"
    )
    shown = []
    for figures in sets:
        print_set(table, figures)
        shown.append(figures)
    if len(shown) > 2:
        print_parallel(table, shown[-1])
        print_growth(table, shown[0], shown[-1])
    return shown, table.met
