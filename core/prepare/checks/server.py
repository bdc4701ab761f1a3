"""What the fine-tuning server would refuse, by its own rules (`core.base.chat_rules`), with all rows of one fault together."""

import sys
from collections.abc import Iterator

from core.base.chat_format import check_examples
from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.findings import gathered

REPAIRS = {
    "empty_answer": "drop_empty",
    "empty_question": "leave_out",
    "extra_key": "remove_extra_keys",
    "mixed_shapes": "leave_out",
    "missing_role": "leave_out",
    "unknown_role": "leave_out",
    "content_not_text": "leave_out",
    "special_token": "leave_out",
    "bad_weight": "leave_out",
    "no_assistant": "leave_out",
    "last_not_assistant": "leave_out",
    "no_question": "leave_out",
    "no_weighted_answer": "leave_out",
}


def _server_rules(examined: Examined) -> Iterator[Finding]:
    yield from gathered(check_examples(examined.examples, min_examples=examined.min_examples, max_findings=sys.maxsize), REPAIRS)


_REFUSED = N_("The server refuses the whole file for it.")

CHECKS = (
    Check(
        "server",
        _server_rules,
        {
            "too_few_examples": About(
                N_("Examples: {n}. A training needs at least {minimum}."),
                N_("The server refuses fewer. Add more rows; copies do not count."),
            ),
            "mixed_shapes": About(N_("Rows whose fields differ from the others, such as “{key}”: {n}."), _REFUSED),
            "extra_key": About(N_("Rows with a field that a training file may not have, such as “{key}”: {n}."), _REFUSED),
            "missing_role": About(N_("Rows in which a message does not say who speaks: {n}."), _REFUSED),
            "unknown_role": About(N_("Rows with a speaker that no server knows, such as “{role}”: {n}."), _REFUSED),
            "content_not_text": About(N_("Rows in which a message is not text: {n}."), _REFUSED),
            "special_token": About(
                N_("Rows with a control mark of language models, such as {token}: {n}."),
                N_("The server refuses the whole file for it: the mark would end or change the conversation."),
            ),
            "bad_weight": About(N_("Rows whose mark “weight” is neither 0 nor 1: {n}."), _REFUSED),
            "empty_answer": About(
                N_("Rows with an empty answer: {n}."),
                N_("The server refuses the file for it. Write the answers under “Write the missing answers”, or leave these rows out."),
            ),
            "no_assistant": About(
                N_("Rows without an answer: {n}."), N_("There is nothing to learn from them, and the server refuses the file.")
            ),
            "last_not_assistant": About(N_("Rows that do not end with an answer: {n}."), _REFUSED),
            "empty_question": About(
                N_("Rows with an empty question: {n}."), N_("The model would learn to answer when it was asked nothing.")
            ),
            "no_question": About(
                N_("Rows in which nobody asks anything: {n}."), N_("The model would learn to answer when it was asked nothing.")
            ),
            "no_weighted_answer": About(
                N_("Rows in which every answer is marked as not to be learned (weight 0): {n}."),
                N_("They are paid for as tokens and teach nothing."),
            ),
            "developer_role": About(
                N_("Rows with a message of the role “developer”: {n}."),
                N_("Newer models take it in a chat; it is not known whether every training takes it. The role “system” is safe."),
            ),
        },
    ),
)
