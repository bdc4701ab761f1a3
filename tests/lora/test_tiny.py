"""The tiny models are what they claim to be."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def test_the_tiny_models_load_as_any_base_does(tiny_llama: Path, tiny_qwen: Path) -> None:
    for folder, kind in ((tiny_llama, "LlamaForCausalLM"), (tiny_qwen, "Qwen3ForCausalLM")):
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        assert type(model).__name__ == kind
        talk = [{"role": "user", "content": "naïve café 你好 🙂"}]
        text = tokenizer.apply_chat_template(talk, add_generation_prompt=True, tokenize=False)
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        assert tokenizer.decode(ids[0]) == text
        with torch.inference_mode():
            assert model.generate(ids, max_new_tokens=3, do_sample=False).shape[1] > ids.shape[1]


def test_the_same_seed_gives_the_same_weights(tiny_llama: Path, tmp_path: Path) -> None:
    from tests.lora.tiny import make_base

    again = make_base(tmp_path / "again", "llama")
    assert (again / "model.safetensors").read_bytes() == (tiny_llama / "model.safetensors").read_bytes()
