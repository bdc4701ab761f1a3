"""One base model in memory and the adapters that were loaded onto it; forward passes in which every row has its own."""

import inspect
import json
import logging
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import LoraConfig, PeftModel, set_peft_model_state_dict
from safetensors.torch import load_file

from engine.learners.asking import AnswerFailed
from engine.lora.device import numbers
from engine.lora.kept import GrowingLayer
from engine.lora.machine import device
from engine.lora.mixture import Mixture

logger = logging.getLogger("engine.lora")
MOST_ADAPTERS = 16  # loaded at a time; each has a few MB
_BASE = "__base__"  # PEFT's name for a row without an adapter
# what of an adapter's configuration is read. Others are refused where they say something: some of them start code of their own
# (megatron_config names a module to import), others change the base's weights for all rows (pissa, loftq, bias)
_TAKEN = {
    "r", "lora_alpha", "lora_dropout", "target_modules", "rank_pattern", "alpha_pattern", "use_rslora", "fan_in_fan_out",
}  # fmt: skip
_SAYS_NOTHING = {
    "auto_mapping", "base_model_name_or_path", "inference_mode", "init_lora_weights", "peft_type", "peft_version", "revision",
    "task_type", "ensure_weight_tying",
}  # fmt: skip


class AnswerModel:
    """Loaded once, read-only, from safetensors alone and with no code of the model's own."""

    def __init__(self, weights: Path, tokenizer: Path, precision: str = "auto") -> None:
        transformers.utils.logging.disable_progress_bar()
        if not os.environ.get("OMP_NUM_THREADS"):
            torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
        here = device()
        self.device = torch.device(here.kind)
        self.dtype = torch.bfloat16 if numbers(here, "answer", precision).weights == "bf16" else torch.float32
        self.tokenizer: Any = transformers.AutoTokenizer.from_pretrained(tokenizer, local_files_only=True, trust_remote_code=False)
        self._base: Any = transformers.AutoModelForCausalLM.from_pretrained(
            weights, dtype=self.dtype, use_safetensors=True, local_files_only=True, trust_remote_code=False, attn_implementation="sdpa"
        )
        self._base.to(self.device).eval()
        # transformers 5.24 calls it by another name than 5.23
        self._cache_name = "cache" if "cache" in inspect.signature(self._base.forward).parameters else "past_key_values"
        self._peft: Any = None
        self._mixture: Mixture | None = None
        self._adapters: OrderedDict[str, str] = OrderedDict()  # folder -> PEFT's name, the one used last at the end
        self._serial = 0
        self._active = ""
        self.config = self._base.config.get_text_config(decoder=True)
        self.vocabulary: int = self._base.get_output_embeddings().weight.shape[0]
        self.ends = frozenset(_ends(self._base, self.tokenizer))

    @property
    def context(self) -> int:
        """The most tokens that it reads, question and answer together."""
        return int(min(getattr(self.config, "max_position_embeddings", 2048), self.tokenizer.model_max_length))

    @property
    def bytes_per_token(self) -> int:
        """What one token of one row takes in the cache."""
        heads = getattr(self.config, "num_key_value_heads", None) or self.config.num_attention_heads
        size = getattr(self.config, "head_dim", None) or self.config.hidden_size // self.config.num_attention_heads
        return int(2 * self.config.num_hidden_layers * heads * size * self.dtype.itemsize)

    def cache(self) -> transformers.DynamicCache:
        """An empty cache of the kind that this model needs."""
        found = transformers.DynamicCache(config=self._base.config)
        found.layers = [GrowingLayer() if type(layer) is transformers.cache_utils.DynamicLayer else layer for layer in found.layers]
        return found

    def forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor,
        positions: torch.Tensor,
        cache: transformers.DynamicCache,
        adapters: Sequence[str | None],
    ) -> torch.Tensor:
        """The logits after the last token of every row; `adapters` names each row's folder, None is the base."""
        given = {
            "input_ids": ids.to(self.device),
            "attention_mask": mask.to(self.device),
            "position_ids": positions.to(self.device),
            self._cache_name: cache,
            "use_cache": True,
            "logits_to_keep": 1,
        }
        if self._peft is None:
            output = self._base(**given)
        elif self._mixture is not None:
            self._mixture.use([None if folder is None else self._adapters[folder] for folder in adapters])
            output = self._peft(**given)
        else:
            output = self._by_peft(given, [_BASE if folder is None else self._adapters[folder] for folder in adapters])
        return output.logits[:, -1, :]

    def _by_peft(self, given: Mapping[str, Any], names: Sequence[str]) -> Any:
        """For adapters that change more than linear layers. Rows that are all alike need no hooks, which cost milliseconds a token."""
        if len(set(names)) > 1:
            self._switch("mixed")
            return self._peft(**given, adapter_names=list(names))
        self._switch(names[0])
        return self._peft(**given)

    def _switch(self, name: str) -> None:
        if name == self._active:
            return
        self._active = name
        if name == _BASE:
            self._peft.base_model.disable_adapter_layers()
        else:
            self._peft.base_model.enable_adapter_layers()
            if name != "mixed":
                self._peft.set_adapter(name, inference_mode=True)

    def _arrange(self) -> None:
        """After adapters came or went."""
        self._active = ""
        if self._mixture is not None:
            self._mixture.release()
        self._mixture = Mixture(self._peft) if self._peft is not None and Mixture.fits(self._peft) else None

    def need(self, folder: str, in_use: Iterable[str | None]) -> None:
        """Have an adapter loaded; those that no row uses make room. Raises AnswerFailed for a folder that is no adapter of this base."""
        if folder in self._adapters:
            self._adapters.move_to_end(folder)
            return
        self._serial += 1
        name = f"adapter{self._serial}"
        try:
            config, state = _read(Path(folder))
            if self._peft is None:
                self._peft = PeftModel(self._base, config, name, autocast_adapter_dtype=False, low_cpu_mem_usage=True)
            else:
                self._peft.add_adapter(name, config, autocast_adapter_dtype=False, low_cpu_mem_usage=True)
            told = set_peft_model_state_dict(self._peft, state, name, low_cpu_mem_usage=True)
            missing = [key for key in told.missing_keys if f".{name}" in key]
            if missing or told.unexpected_keys:
                raise ValueError(f"its weights are not those of its configuration: {[*missing, *told.unexpected_keys][0]}")
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            self._forget(name)
            logger.exception("The adapter in %s cannot be used.", folder)
            raise AnswerFailed(f"The model's files cannot be used: {str(error)[:300]}", code="damaged_model") from error
        # only what is new: the model keeps a few numbers in fp32 on purpose, such as the angles of its positions
        for key, weight in self._peft.named_parameters():
            if f".{name}." in key:
                weight.data = weight.data.to(self.device, self.dtype)
        self._peft.eval()
        self._arrange()
        self._adapters[folder] = name
        idle = [other for other in self._adapters if other not in {*in_use, folder}]
        for other in idle[: max(0, len(self._adapters) - MOST_ADAPTERS)]:
            self._forget(self._adapters.pop(other))

    def _forget(self, name: str) -> None:
        if self._peft is None or name not in self._peft.peft_config:
            return
        if len(self._peft.peft_config) == 1:
            self._base = self._peft.unload()
            self._peft = None
        else:
            self._peft.delete_adapter(name)
        self._arrange()


def _read(folder: Path) -> tuple[LoraConfig, Mapping[str, torch.Tensor]]:
    """The configuration and weights of an adapter; raises ValueError for anything but a plain LoRA adapter."""
    with (folder / "adapter_config.json").open(encoding="utf-8") as file:
        about = json.load(file)
    if not isinstance(about, dict) or about.get("peft_type") != "LORA":
        raise ValueError("it is no LoRA adapter")
    other = {name for name, value in about.items() if value and name not in _TAKEN | _SAYS_NOTHING and not _plain(name, value)}
    if other:
        raise ValueError(f"it is not a plain LoRA adapter: {', '.join(sorted(map(str, other)))}")
    modules = about.get("target_modules")
    if modules != "all-linear" and not (isinstance(modules, list) and all(isinstance(name, str) for name in modules)):
        raise ValueError("its target_modules are no list of names")
    taken = {name: value for name, value in about.items() if name in _TAKEN and value is not None}
    state = load_file(folder / "adapter_model.safetensors")
    if not all(bool(weight.isfinite().all()) for weight in state.values()):
        raise ValueError("its weights are not all numbers")  # stacked with others' (mixture.py) they would spoil their answers, too
    return LoraConfig(**taken, task_type="CAUSAL_LM", inference_mode=True), state


def _plain(name: str, value: Any) -> bool:
    """Whether a setting says what PEFT does anyway."""
    default = LoraConfig().to_dict().get(name)
    return bool(value == default)


def _ends(model: Any, tokenizer: Any) -> Iterable[int]:
    """Every token that ends an answer."""
    for value in (getattr(model.generation_config, "eos_token_id", None), model.config.eos_token_id, tokenizer.eos_token_id):
        yield from [value] if isinstance(value, int) else value or ()
