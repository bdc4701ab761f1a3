"""Programming questions with answers that hold code: angle brackets, braces and ends without a full stop are right here."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, words

LISTS = {
    "thing": words(
        "order, invoice, user, photo, booking, sensor, ticket, parcel, lesson, player, recipe, journey, contract, song,"
        "product, visit, letter"
    ),
    "field": words(
        "price, age, name, date, weight, score, city, status, length, rating, owner, colour, size, stock, level, points,distance"
    ),
    "num": words("3, 5, 8, 10, 12, 20, 24, 40, 60, 100, 250"),
    "why": lines(
        """
        The list has {num} thousand entries.
        It is for a small tool at work.
        My teacher forbids loops.
        I am new to this.
        My code works but takes {num} seconds.
        The data comes from a form about a {thing}.
        I have tried for {num} minutes.
        A colleague says that it fits on one line.
        The result goes into a table of every {thing}.
        It must not change the original.
        """
    ),
}
TASKS: dict[str, tuple[tuple[str, str], ...]] = {
    "Python": (
        ("sort a list of {thing}s by {field}", "Use a key function:\n```python\n{thing}s.sort(key=lambda one: one.{field})\n```"),
        ("sum the {field} of every {thing}", "A generator is enough:\n```python\ntotal = sum(one.{field} for one in {thing}s)\n```"),
        (
            "keep only the {thing}s with a {field} below {num}",
            "Filter while you build:\n```python\nsmall = [one for one in {thing}s if one.{field} < {num}]\n```",
        ),
        (
            "write the {thing}s to a file",
            "Open it for writing:\n```python\nwith open('{thing}s.txt', 'w', encoding='utf-8') as out:\n"
            "    out.writelines(f'{field}\\n' for {field} in {thing}s)\n```",
        ),
    ),
    "Java": (
        ("declare a list of {thing}s", "Name the element type:\n```java\nList<{thing}> {thing}s = new ArrayList<>();\n```"),
        (
            "group {thing}s by {field}",
            "Collect them into a map:\n```java\n"
            "Map<String, List<{thing}>> by = {thing}s.stream().collect(groupingBy(o -> o.{field}()));\n```",
        ),
        (
            "loop over the first {num} {thing}s",
            "A plain loop reads best:\n```java\nfor (int i = 0; i < {num}; i++) {{ show({thing}s.get(i)); }}\n```",
        ),
    ),
    "SQL": (
        ("count the {thing}s for each {field}", "Group and count:\n```sql\nSELECT {field}, COUNT(*) FROM {thing}s GROUP BY {field};\n```"),
        (
            "find every {thing} whose {field} is missing",
            "Missing is not a value, so ask for it:\n```sql\nSELECT * FROM {thing}s WHERE {field} IS NULL;\n```",
        ),
        (
            "get the {num} {thing}s with the highest {field}",
            "Sort and cut:\n```sql\nSELECT * FROM {thing}s ORDER BY {field} DESC LIMIT {num};\n```",
        ),
    ),
    "HTML": (
        (
            "mark up a list of {thing}s",
            "Use a list, not line breaks:\n```html\n<ul>\n  <li>{thing} {num}</li>\n  <li>{thing} with {field}</li>\n</ul>\n```",
        ),
        ("link to the page of a {thing}", 'An anchor does it:\n```html\n<a href="/{thing}s/{num}">The {field} of this {thing}</a>\n```'),
        (
            "label a field for the {field} of a {thing}",
            'Tie the two by id:\n```html\n<label for="{field}">{field}</label>\n<input id="{field}" name="{thing}">\n```',
        ),
    ),
    "C": (
        (
            "print the {field} of each {thing} in an array",
            'Walk it with an index:\n```c\nfor (size_t i = 0; i < {num}; i++) printf("%d\\n", {thing}s[i].{field});\n```',
        ),
        ("define a struct for a {thing}", "Give each member a type:\n```c\nstruct {thing} {{ int {field}; char note[{num}]; }};\n```"),
    ),
}
ASK = lines(
    """
    How do I {task} in {language}?
    What is the shortest way to {task} in {language}?
    In {language}, I want to {task}. What is idiomatic?
    Show me how to {task}, please. I use {language}.
    """
)


def code(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with question and answer."""
    draw = random.Random(seed)

    def make(at: int) -> dict[str, str]:
        language = draw.choice(list(TASKS))
        task, answer = draw.choice(TASKS[language])
        given = {name: draw.choice(LISTS[name]) for name in ("thing", "field", "num")}
        asked = say(draw.choice(ASK), {}, draw, {"task": say(task, LISTS, draw, given), "language": language})
        why = say(draw.choice(LISTS["why"]), LISTS, draw)
        filled = say(answer.replace("{{", "\x01").replace("}}", "\x02"), LISTS, draw, given).replace("\x01", "{").replace("\x02", "}")
        return {"question": f"{asked} {why}" if draw.random() < 0.75 else asked, "answer": filled}

    return distinct(n, make, lambda row: row["question"], most=0.6)
