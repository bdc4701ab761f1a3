"""Model folders made by hand, without torch: a few numbers in a safetensors file, and what belongs beside it."""

import json
import struct
from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "vocab_size": 32,
    "max_position_embeddings": 128,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
}
TOKENIZER = {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
TOKENIZER_CONFIG: dict[str, Any] = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "eos_token": "\n",
    "chat_template": TEMPLATE,
    "model_max_length": 10**30,
}


def tensors(*names: str, shape: tuple[int, ...] = (32, 8), dtype: str = "BF16") -> dict[str, Any]:
    """A header with tensors of one shape, one after the other."""
    width = {"BF16": 2, "F32": 4, "I8": 1}.get(dtype, 1)
    size = width
    for side in shape:
        size *= side
    return {name: {"dtype": dtype, "shape": list(shape), "data_offsets": [at * size, (at + 1) * size]} for at, name in enumerate(names)}


def safetensors(header: dict[str, Any] | bytes, data: bytes | None = None, *, length: int | None = None) -> bytes:
    """A safetensors file with this header; `length` is what it says of the header's length."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    if data is None:
        assert isinstance(header, dict)
        ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        data = bytes(at % 251 for at in range(max(ends)))
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def make_folder(folder: Path, **files: Any) -> Path:
    """A whole model's folder; keywords replace a file's content (None leaves it out), with __ for a dot in its name."""
    content: dict[str, Any] = {
        "config.json": CONFIG,
        "tokenizer.json": TOKENIZER,
        "tokenizer_config.json": TOKENIZER_CONFIG,
        "model.safetensors": safetensors({"__metadata__": {"format": "pt"}, **tensors("model.embed_tokens.weight", "model.norm.weight")}),
        "README.md": b"# A model",
        **{name.replace("__", "."): value for name, value in files.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in content.items():
        if value is not None:
            (folder / name).write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return folder


def make_sharded(folder: Path, *, named: str = "model-{:05}-of-{:05}.safetensors", **files: Any) -> Path:
    """A folder whose weights are in two files with an index."""
    names = [named.format(number, 2) for number in (1, 2)]
    index = {"metadata": {"total_size": 1024}, "weight_map": {"a.weight": names[0], "b.weight": names[1]}}
    make_folder(folder, **{"model.safetensors": None, "model.safetensors.index.json": index, **files})
    for name, tensor in zip(names, ("a.weight", "b.weight"), strict=True):
        (folder / name).write_bytes(safetensors(tensors(tensor)))
    return folder
