"""From messages to the model's own tokens, written by the chat template exactly as in training."""

from typing import Any

from engine.learners.asking import AnswerFailed, Wish
from engine.lora.templates import ChatTemplate, TemplateRefused


class Prompts:
    """The prompts of one tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._template = ChatTemplate(tokenizer)
        self.takes_tools = self._template.takes_tools

    def ids(self, wish: Wish) -> list[int]:
        """The tokens of a conversation; raises AnswerFailed where the template does not take it."""
        try:
            # Qwen3's template knows the switch, others pass over it: a small tuned model answers, it does not ponder
            text = self._template.prompt(wish.messages, wish.tools, enable_thinking=False)
        except TemplateRefused as error:
            raise AnswerFailed(str(error), status=400, param="messages", code="invalid_messages") from error
        text = text.encode("utf-8", "replace").decode()  # half of a surrogate pair is no text
        # the template has written what begins a text, so the tokenizer must not add it again
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])
