"""Models of real shapes with random weights, for measuring speed without a model hub: `python -m benchmarks lora_shapes FOLDER`."""

import json
from pathlib import Path
from typing import Any

from core.base.lora_settings import USUAL

# config.json of HuggingFaceTB/SmolLM2-135M-Instruct, -360M-Instruct and Qwen/Qwen3-0.6B, as far as it determines the speed; two of our own
SHAPES: dict[str, dict[str, Any]] = {
    "SmolLM2-135M": {
        "kind": "llama", "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
        "num_key_value_heads": 3, "vocab_size": 49152, "max_position_embeddings": 8192, "rope_theta": 100000.0,
    },
    "SmolLM2-360M": {
        "kind": "llama", "hidden_size": 960, "intermediate_size": 2560, "num_hidden_layers": 32, "num_attention_heads": 15,
        "num_key_value_heads": 5, "vocab_size": 49152, "max_position_embeddings": 8192, "rope_theta": 100000.0,
    },
    "Qwen3-0.6B": {
        "kind": "qwen3", "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
        "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936, "max_position_embeddings": 40960, "rope_theta": 1000000.0,
    },
    "made-7M": {
        "kind": "llama", "hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 6, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 8192, "max_position_embeddings": 2048, "rope_theta": 100000.0,
    },
    "made-1M": {
        "kind": "llama", "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 4096, "max_position_embeddings": 2048, "rope_theta": 100000.0,
    },
}  # fmt: skip
_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_shape(name: str, folder: Path) -> Path:
    """Write a model of that shape in bf16, with a tokenizer trained on the sample data whose further tokens are filler."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

    shape = dict(SHAPES[name])
    kind, theta = shape.pop("kind"), shape.pop("rope_theta")
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(shape["vocab_size"])
    common = {
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
    }
    torch.manual_seed(0)
    made = LlamaForCausalLM(LlamaConfig(**shape, **common)) if kind == "llama" else Qwen3ForCausalLM(Qwen3Config(**shape, **common))
    made.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_adapters(base: Path, folder: Path, count: int) -> list[Path]:
    """Adapters for such a model of the size that the app trains, with random weights."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    made = []
    for number in range(count):
        torch.manual_seed(number)
        config = LoraConfig(
            r=USUAL["lora_r"], lora_alpha=USUAL["lora_alpha"], target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False
        )
        path = folder / f"adapter-{number}"
        get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16), config).save_pretrained(path)
        made.append(path)
    return made


def _tokenizer(size: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=4000, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    samples = Path(__file__).resolve().parents[1] / "sample_data"
    with (samples / "marv_chat.jsonl").open(encoding="utf-8") as lines:
        marv = [message["content"] for line in lines for message in json.loads(line)["messages"]]
    raw.train_from_iterator([*marv, *(samples / "bank_support.csv").read_text(encoding="utf-8").splitlines()], trainer=trainer)
    whole = json.loads(raw.to_str())
    known = len(whole["model"]["vocab"])
    whole["model"]["vocab"] |= {f"filler{number}": number for number in range(known, size)}
    raw = Tokenizer.from_str(json.dumps(whole))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>", model_max_length=8192)
    tokenizer.chat_template = _TEMPLATE
    return tokenizer


def main(arguments: list[str]) -> dict[str, Any]:
    """Write every shape into a folder; their sizes in MB."""
    folder = Path(arguments[0])
    made = {name: make_shape(name, folder / name) for name in arguments[1:] or SHAPES}
    return {name: round((path / "model.safetensors").stat().st_size / 1e6) for name, path in made.items()}
