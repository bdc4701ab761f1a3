"""A text with columns cut into lines, sentences and fragments: what has no value in a row goes with the words around it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Part = str | int  # text as it stands, or the index of the column whose cell goes there

# Where a fragment of a sentence ends: a comma or a semicolon with something behind it, or the end of the sentence. A point inside
# "3.5" or right before a column ends nothing.
_ENDS = re.compile(r"\n|[,;][^\S\n]+|[.!?…]+(?:[^\S\n]+|(?=\n))|[()]")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a sentence that stays or goes as a whole; `end` is what stands between it and the next."""

    parts: tuple[Part, ...]
    end: str

    @property
    def columns(self) -> tuple[int, ...]:
        return tuple(part for part in self.parts if isinstance(part, int))


Line = tuple[tuple[Fragment, ...], ...]  # the sentences of a line


def cut(parts: Sequence[Part]) -> list[Line]:
    """The parts cut where fragments, sentences and lines end; what stands in brackets is one fragment."""
    lines: list[Line] = []
    sentences: list[tuple[Fragment, ...]] = []
    fragments: list[Fragment] = []
    piece: list[Part] = []
    depth = 0

    def close(end: str) -> None:
        fragments.append(Fragment(tuple(part for part in piece if part != ""), end))
        piece.clear()

    def close_sentence() -> None:
        if fragments:
            sentences.append(tuple(fragments))
            fragments.clear()

    # a line end behind the last piece of text, so that the last line is one like the others
    ended = [*parts[:-1], f"{parts[-1]}\n"] if parts and isinstance(parts[-1], str) else [*parts, "\n"]
    for part in ended:
        if isinstance(part, int):
            piece.append(part)
            continue
        at = 0
        for found in _ENDS.finditer(part):
            sign = found[0]
            if sign == "(" and not depth:
                text = part[at : found.start()]
                lead = text[len(text.rstrip()) :]
                piece.append(text.rstrip())
                if any(piece):
                    close("")
                piece.append(lead)
                at = found.start()
            depth += (sign == "(") - (sign == ")" and depth > 0)
            if sign == ")" and not depth and piece:
                piece.append(part[at : found.end()])
                close("")
                at = found.end()
            if sign == "\n" or (not depth and sign not in "()"):
                piece.append(part[at : found.start()])
                if sign == "\n":
                    depth = 0
                    close("")
                    close_sentence()
                    lines.append(tuple(sentences))
                    sentences.clear()
                else:
                    close(sign)
                    if sign[0] not in ",;":
                        close_sentence()
                at = found.end()
        piece.append(part[at:])
    return lines


def without(lines: Sequence[Line], gone: set[int], cells: Mapping[int, str]) -> str:
    """The text with these cells, lines and fragments that only hold columns which are `gone` left out."""
    written = []
    for line in lines:
        has_columns = any(fragment.columns for sentence in line for fragment in sentence)
        text = "".join(_sentence(sentence, gone, cells) for sentence in line)
        if text.strip() or not has_columns:
            written.append(text.rstrip() if has_columns else text)
    return "\n".join(written)


def _sentence(fragments: Sequence[Fragment], gone: set[int], cells: Mapping[int, str]) -> str:
    """A sentence without the fragments that have nothing to say; all of it goes where none of its columns has a value."""
    kept = [one for one in fragments if not one.columns or any(at not in gone for at in one.columns)]
    if len(kept) == len(fragments) or not any(one.columns for one in kept):
        if kept and len(kept) == len(fragments):
            return "".join(_fragment(one, gone, cells) + one.end for one in fragments)
        return ""
    texts = [_fragment(one, gone, cells) + (one.end if one is not kept[-1] else fragments[-1].end) for one in kept]
    return "".join(texts).lstrip() if kept[0] is not fragments[0] else "".join(texts)


def _fragment(fragment: Fragment, gone: set[int], cells: Mapping[int, str]) -> str:
    written: list[str] = []
    for part in fragment.parts:
        if isinstance(part, int):
            if part in gone:
                written.append("")
                continue
            written.append(cells[part])
        else:
            # of the spaces around a value that is not there only one is left
            after_nothing = bool(written) and written[-1] == "" and part[:1] == " " and (len(written) < 2 or written[-2][-1:] in ("", " "))
            written.append(part[1:] if after_nothing else part)
    return "".join(written)
