"""Faults of labels: one class written in several ways, pairs that do not go together, one class for all."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.spellings import respelt

NEARLY_ALL = 0.9  # of the rows in one class: whoever always says it is right nine times in ten
MOST_SHOWN = 50
_MOST_NAMED = 12
# A sub category belongs to one category where nearly all rows say so, and much more clearly than the largest category alone would explain.
BELONGS = 0.9
EXPLAINED = 0.5
FEWEST_TOGETHER = 3  # rows of the usual pair
RARE = 4  # so many times as frequent as the odd pair the usual one is


def labels_of(examined: Examined) -> dict[str, list[str]]:
    """The label of each example by field, blank where the answer is or has not the shape; no field for free text."""
    if examined.shape.kind == "text":
        return {}
    return {field: [values[field] if values else "" for values in examined.parsed] for field in examined.shape.fields}


def respellings(examined: Examined) -> dict[str, dict[str, str]]:
    """For each field the names that are variants of another one, and the right spelling of each."""
    found = {field: respelt(Counter(filter(None, labels))) for field, labels in labels_of(examined).items()}
    return {field: names for field, names in found.items() if names}


def misspelt(examined: Examined) -> list[bool]:
    """Marks the examples with a variant of a name."""
    wrong = respellings(examined)
    fields = [(labels, wrong[field]) for field, labels in labels_of(examined).items() if field in wrong]
    return [any(labels[index] in names for labels, names in fields) for index in range(len(examined.examples))]


def _label_spellings(examined: Examined) -> Iterator[Finding]:
    wrong = respellings(examined)
    if not wrong:
        return
    labels = labels_of(examined)
    variants = [
        {"field": field, "written": name, "right": right, "rows": labels[field].count(name)}
        for field, names in wrong.items()
        for name, right in sorted(names.items())
    ]
    first = variants[0]
    params = {"written": first["written"], "right": first["right"], "n_variants": len(variants), "variants": variants[:MOST_SHOWN]}
    yield Finding("label_spellings", "warning", examined.rows_where(misspelt(examined)), params, "merge_spellings")


def odd(examined: Examined) -> dict[int, tuple[str, str, str]]:
    """By index, the examples whose sub category nearly always stands under another category: (sub, category here, usual category).

    Another spelling of a category is no other category.
    """
    found: dict[int, tuple[str, str, str]] = {}
    wrong = respellings(examined)
    labels = {field: [wrong.get(field, {}).get(name, name) for name in names] for field, names in labels_of(examined).items()}
    for upper, tops in labels.items():
        for lower, subs in labels.items():
            if upper != lower:
                usual = _usual(tops, subs)
                for index, (top, sub) in enumerate(zip(tops, subs, strict=True)):
                    if sub in usual and top in usual[sub][1]:
                        found.setdefault(index, (sub, top, usual[sub][0]))
    return found


def _usual(tops: list[str], subs: list[str]) -> Mapping[str, tuple[str, frozenset[str]]]:
    """For each sub category its usual category and the rare ones, where sub categories belong to categories at all."""
    pairs = Counter((sub, top) for sub, top in zip(subs, tops, strict=True) if sub and top)
    total, of_top = sum(pairs.values()), Counter[str]()
    by_sub: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (sub, top), n in pairs.items():
        by_sub[sub][top] += n
        of_top[top] += n
    # a sub category that stands once belongs anywhere
    if not total or len(by_sub) <= len(of_top) or len(by_sub) * FEWEST_TOGETHER > total:
        return {}
    apart = 1 - sum(max(counts.values()) for counts in by_sub.values()) / total
    if apart > 1 - BELONGS or apart > EXPLAINED * (1 - max(of_top.values()) / total):
        return {}
    usual = {}
    for sub, counts in by_sub.items():
        (top, most), *others = counts.most_common()
        rare = frozenset(name for name, n in others if n * RARE <= most)
        if rare and most >= FEWEST_TOGETHER:
            usual[sub] = (top, rare)
    return usual


def _odd_pairs(examined: Examined) -> Iterator[Finding]:
    found = odd(examined)
    if found:
        rows = tuple(examined.examples[index].row for index in sorted(found))
        sub, top, usual = found[min(found)]
        yield Finding("odd_pairs", "warning", rows, {"sub": sub, "top": top, "usual": usual}, "leave_out")


def _imbalance(examined: Examined) -> Iterator[Finding]:
    sizes = Counter(filter(None, examined.classes))
    if len(sizes) < 2:
        return
    (label, most), total = sizes.most_common(1)[0], sum(sizes.values())
    # a class that is twice as large as its equal share is nothing to speak of among many
    if most > NEARLY_ALL * total or (most >= total / 2 and most * len(sizes) >= 3 * total):
        params = {"label": label, "percent": int(100 * most / total), "of": len(sizes)}
        yield Finding("imbalance", "warning" if most > NEARLY_ALL * total else "info", (), params)


CHECKS = (
    Check(
        "labels",
        _label_spellings,
        {
            "label_spellings": About(
                N_("Categories written in more than one way: {n_variants}. Rows: {n}. The first: “{written}” for “{right}”"),
                N_("To the model each spelling is another category, and an answer in the other one counts as wrong."),
            )
        },
    ),
    Check(
        "labels",
        _odd_pairs,
        {
            "odd_pairs": About(
                N_("Rows whose categories do not go together: {n}. The first: “{sub}” under “{top}”, where it is usually under “{usual}”"),
                N_("One of the two is probably a mistake, and the model would learn both."),
            )
        },
    ),
    Check(
        "labels",
        _imbalance,
        {
            "imbalance": About(
                N_("“{label}” is the answer in {percent}% of the rows ({of} categories in all)."),
                N_("A model that always says so looks good already. More rows of the others would help."),
            )
        },
    ),
)
