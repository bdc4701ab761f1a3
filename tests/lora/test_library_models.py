"""The library beside the libraries: what transformers writes is taken in, loads again, and its list of kinds is ours."""

from pathlib import Path

import pytest

from engine.lora.catalogue import shipped_catalogue
from engine.lora.importing import import_folder
from engine.lora.inspect_template import check_template
from engine.lora.library import Library
from engine.lora.template_trial import tried
from tests.lora.tiny import make_base


def test_every_kind_that_is_taken_is_one_that_transformers_loads_without_a_program_of_the_models_own() -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    assert shipped_catalogue().kinds <= set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)


@pytest.mark.parametrize("shape", ["llama", "qwen"])
def test_what_transformers_writes_is_imported_and_loads_from_the_library(tmp_path: Path, shape: str) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    library = Library(tmp_path / "bases")
    about = import_folder(library, make_base(tmp_path / "made", shape), "tiny")
    model = AutoModelForCausalLM.from_pretrained(library.path("tiny"), local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(library.path("tiny"), local_files_only=True)
    assert about.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert (about.dtype, about.layers, about.vocabulary) == ("fp32", model.config.num_hidden_layers, len(tokenizer))
    assert tokenizer.apply_chat_template([{"role": "user", "content": "Hello"}], tokenize=False)


def test_weights_in_several_files_load_from_the_library(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    made = make_base(tmp_path / "made", "qwen")
    model = AutoModelForCausalLM.from_pretrained(made, local_files_only=True)
    (made / "model.safetensors").unlink()
    model.save_pretrained(made, max_shard_size="200KB")
    library = Library(tmp_path / "bases")
    about = import_folder(library, made, "tiny")
    assert sum(name.endswith(".safetensors") for name in library.files("tiny")) > 1
    again = AutoModelForCausalLM.from_pretrained(library.path("tiny"), local_files_only=True)
    assert about.parameters == sum(parameter.numel() for parameter in again.parameters())


def test_the_templates_of_seventy_real_models_are_let_through() -> None:
    import trl

    templates = sorted((Path(trl.__file__).parent / "chat_templates").glob("*.jinja"))
    assert len(templates) > 50
    for path in templates:
        check_template(path.read_text(encoding="utf-8"))
        assert tried(path.read_text(encoding="utf-8")) == {}, path.name
