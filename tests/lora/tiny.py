"""Tiny models with random weights, shaped as the real ones, with a tokenizer trained on the spot: no model hub is needed."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = 1200
CONTEXT = 512

# name -> (bos, end of turn, pad, further special tokens, template as the real models of that family ship it)
_TOKENS: dict[str, tuple[str | None, str, str, tuple[str, ...], str]] = {
    "llama": ("<|begin_of_text|>", "<|eot_id|>", "<|end_of_text|>", ("<|start_header_id|>", "<|end_header_id|>"), "llama3.jinja"),
    "qwen": (None, "<|im_end|>", "<|endoftext|>", ("<|im_start|>",), "qwen3.jinja"),
}


def make_base(folder: Path, shape: str, *, template: str | None = None, hidden: int = 96, layers: int = 2, seed: int = 0) -> Path:
    """Write a base model as a hub would hold it: configuration, safetensors, tokenizer, chat template; `shape` is llama or qwen."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

    tokenizer = make_tokenizer(shape, template)
    sizes: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": hidden // 4,
        "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": True,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(LlamaConfig(**sizes)) if shape == "llama" else Qwen3ForCausalLM(Qwen3Config(**sizes))
        # weights as small as untrained ones usually are leave an adapter nothing to work with: every answer stays nearly as likely
        for name, weights in model.named_parameters():
            weights.data *= 5 if "embed_tokens" in name else 4 if "proj" in name else 1
    model.generation_config.do_sample = False
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_sentencepiece_llama(folder: Path) -> Path:
    """A base model of Llama's shape whose vocabulary is of SentencePiece's kind, which llama.cpp takes whatever is in it."""
    import torch
    from tokenizers import Tokenizer, decoders, models, normalizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    raw.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    raw.train_from_iterator(_texts(), trainer=trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=special, show_progress=False))
    for name in special[3:]:  # bytes are pieces of text, not marks
        raw.get_added_tokens_decoder().pop(raw.token_to_id(name), None)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>")
    tokenizer.chat_template = real_template("llama3.jinja")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
        model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=CONTEXT, **sizes))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_tokenizer(shape: str, template: str | None = None) -> Any:
    """A byte-level BPE tokenizer that has read the sample data."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bos, end, pad, further, file = _TOKENS[shape]
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[token for token in (pad, bos, end, *further) if token],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(_texts(), trainer=trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token=bos, eos_token=end, pad_token=pad, model_max_length=CONTEXT, clean_up_tokenization_spaces=False
    )
    tokenizer.chat_template = real_template(file) if template is None else template
    return tokenizer


def real_template(file: str) -> str:
    """A chat template of a real model, word for word, as TRL keeps it."""
    trl = importlib.util.find_spec("trl")
    assert trl is not None and trl.origin is not None
    return (Path(trl.origin).parent / "chat_templates" / file).read_text(encoding="utf-8")


def _texts() -> Iterator[str]:
    with (ROOT / "sample_data" / "marv_chat.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield from (message["content"] for message in json.loads(line)["messages"])
    yield from (ROOT / "sample_data" / "bank_support.csv").read_text(encoding="utf-8").splitlines()
