"""Vision models of a few thousand random weights, made on the spot: everything about them is real but what they have learned.

One vocabulary serves all of them: the 256 bytes, the beginnings of some words, and the marks that families put around pictures.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["FAMILIES", "MARKS", "clip", "gguf_model"]

MARKS = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"),
    *("<|video_pad|>", "<image>", "<unk>", "<s>", "</s>", "<fake_token_around_image>", "<global-img>"),
    *("<end_of_utterance>", "<row_1_col_1>"),
)
_WORDS = (
    "invoice",
    "number",
    "description",
    "quantity",
    "amount",
    "total",
    "currency",
    "address",
    '"name":',
    "null",
    "},",
)

_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}PICTURE{% elif c['type'] == 'media_marker' or c['type'] == 'text' %}{{ c['text'] }}"
    "{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
_TEXT = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
}


def _bytes() -> list[str]:
    """The character that stands for each byte in the vocabularies of GPT-2 and its many heirs."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte if byte in printable else 0x100 + others.index(byte)) for byte in range(256)]


def vocabulary(marks: Sequence[str] = MARKS, byte_count: int = 256) -> tuple[list[str], list[tuple[str, str]]]:
    """The tokens in the order of their numbers, marks first, and the merges that make words out of bytes.

    Args:
        marks: of messages and pictures.
        byte_count: how many bytes there are tokens for; 128 for a model that only knows ASCII.
    """
    merges: dict[tuple[str, str], None] = {}
    for word in _WORDS:
        merges |= {(word[:end], word[end]): None for end in range(1, len(word))}
    joined = dict.fromkeys(left + right for left, right in merges)
    return [*marks, *_bytes()[:byte_count], *joined], list(merges)


# Models of transformers; each function writes one to a folder


def _written_to(folder: Path, kind: Any, config: Any, end: int) -> None:
    """Writes a model whose weights are the same each time, and which never ends an answer while it may go on.

    The end's row of the output is nought, and so is its logit, which the largest of some hundred others is above.
    """
    import torch

    torch.manual_seed(0)
    network = kind(config)
    with torch.no_grad():
        network.get_output_embeddings().weight[end] = 0
    network.save_pretrained(folder)


def _tokenizer(marks: Sequence[str] = MARKS, *, eos: str = "<|im_end|>", bos: str = "<s>") -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokens, merges = vocabulary(marks)
    made = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token=eos,
        bos_token=bos,
        pad_token="<|endoftext|>",  # noqa: S106 - no password
        unk_token="<unk>",  # noqa: S106 - no password
        additional_special_tokens=list(marks),
    )


def _text(tokenizer: Any, **more: Any) -> dict[str, Any]:
    ids = {f"{mark}_token_id": getattr(tokenizer, f"{mark}_token_id") for mark in ("bos", "eos", "pad")}
    return _TEXT | ids | {"vocab_size": len(tokenizer)} | more


def llava(folder: Path) -> None:
    """Pictures cut square and seen by CLIP; its processor needs no torchvision."""
    from transformers import CLIPImageProcessorPil, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor

    tokenizer = _tokenizer()
    template = _TEMPLATE.replace("PICTURE", "<image>")
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **_SIZES, "image_size": 56, "patch_size": 14},
        text_config={"model_type": "llama", **_text(tokenizer)},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=16,
    )
    _written_to(folder, LlavaForConditionalGeneration, config, tokenizer.eos_token_id)
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56}),
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token="<image>",  # noqa: S106 - no password
        chat_template=template,
    ).save_pretrained(folder)


def qwen25_vl(folder: Path) -> None:
    """Pictures in their own shape, as many tokens as they have patches; its processor also takes video and needs torchvision."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    tokenizer = _tokenizer()
    tokenizer.chat_template = _TEMPLATE.replace("PICTURE", "<|vision_start|><|image_pad|><|vision_end|>")
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10000.0}
    marks = {
        f"{name}_token_id": tokenizer.convert_tokens_to_ids(mark)
        for name, mark in (
            ("image", "<|image_pad|>"),
            ("video", "<|video_pad|>"),
            ("vision_start", "<|vision_start|>"),
            ("vision_end", "<|vision_end|>"),
        )
    }
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 64}
    config = Qwen2_5_VLConfig(
        text_config=_text(tokenizer, rope_parameters=rope),
        vision_config={**vision, "patch_size": 14, "window_size": 56, "fullatt_block_indexes": [1]},
        **marks,
    )
    _written_to(folder, Qwen2_5_VLForConditionalGeneration, config, tokenizer.eos_token_id)
    tokenizer.save_pretrained(folder)
    Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=112 * 112).save_pretrained(folder)


def smolvlm(folder: Path) -> None:
    """Pictures cut into tiles with marks between them; its processor also takes video and needs torchvision."""
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration, SmolVLMImageProcessorPil

    tokenizer = _tokenizer()
    tokenizer.chat_template = _TEMPLATE.replace("PICTURE", "<image>")
    config = SmolVLMConfig(
        vision_config={**_SIZES, "image_size": 64, "patch_size": 16},
        text_config={"model_type": "llama", **_text(tokenizer)},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    _written_to(folder, SmolVLMForConditionalGeneration, config, tokenizer.eos_token_id)
    tokenizer.save_pretrained(folder)
    edge = {"longest_edge": 64}
    SmolVLMImageProcessorPil(size=edge, max_image_size=edge, do_image_splitting=False).save_pretrained(folder)
    settings = '{"processor_class": "SmolVLMProcessor", "image_seq_len": 4}'
    (folder / "processor_config.json").write_text(settings, "utf-8")


def paligemma(folder: Path) -> None:
    """Pictures squeezed into a square; words for places on it, and no chat template."""
    from transformers import (
        PaliGemmaConfig,
        PaliGemmaForConditionalGeneration,
        PaliGemmaProcessor,
        SiglipImageProcessorPil,
    )

    places = [f"<loc{i:04d}>" for i in range(1024)] + [f"<seg{i:03d}>" for i in range(128)]
    tokenizer = _tokenizer([*MARKS, *places, "<bos>", "<eos>"], eos="<eos>", bos="<bos>")
    pictures = SiglipImageProcessorPil(size={"height": 56, "width": 56})
    pictures.image_seq_length = 16
    processor = PaliGemmaProcessor(image_processor=pictures, tokenizer=tokenizer)
    config = PaliGemmaConfig(
        vision_config={
            "model_type": "siglip_vision_model",
            **_SIZES,
            "image_size": 56,
            "patch_size": 14,
            "projection_dim": 64,
        },
        text_config={"model_type": "gemma", **_text(tokenizer, num_key_value_heads=1, head_dim=16)},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        projection_dim=64,
        hidden_size=64,
    )
    _written_to(folder, PaliGemmaForConditionalGeneration, config, tokenizer.eos_token_id)
    processor.save_pretrained(folder)


FAMILIES: dict[str, Callable[[Path], None]] = {
    "llava": llava,
    "qwen2.5-vl": qwen25_vl,
    "smolvlm": smolvlm,
    "paligemma": paligemma,
}


def clip(folder: Path) -> None:
    """Two towers, one for texts and one for pictures, that meet in a space of 16 dimensions."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPProcessor

    tokenizer = _tokenizer()
    ids = {f"{mark}_token_id": getattr(tokenizer, f"{mark}_token_id") for mark in ("bos", "eos", "pad")}
    config = CLIPConfig(
        text_config={
            **_SIZES,
            **ids,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 77,
            "projection_dim": 16,
        },
        vision_config={**_SIZES, "image_size": 56, "patch_size": 14, "projection_dim": 16},
        projection_dim=16,
    )
    torch.manual_seed(0)
    CLIPModel(config).save_pretrained(folder)
    pictures = CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    CLIPProcessor(image_processor=pictures, tokenizer=tokenizer).save_pretrained(folder)


# A model of llama.cpp


def gguf_model(folder: Path, byte_count: int = 256, opening: str = "") -> Path:
    """A Llama that reads and a CLIP that sees for it, as llama.cpp takes them; the path of the former.

    The other is "mmproj-tiny.gguf", beside it.

    Args:
        folder: where to write them.
        byte_count: as in `vocabulary`.
        opening: what the chat template puts at the beginning of each answer.
    """
    _gguf_text(folder / "tiny.gguf", byte_count, opening)
    _gguf_eyes(folder / "mmproj-tiny.gguf")
    return folder / "tiny.gguf"


class _Weights:
    """Random tensors that are written to a GGUF file as they are drawn."""

    def __init__(self, writer: Any, seed: int) -> None:
        import numpy as np

        self.writer = writer
        self.random = np.random.default_rng(seed)

    def draw(self, name: str, *shape: int, spread: float = 0.05) -> None:
        self.writer.add_tensor(name, (self.random.standard_normal(shape) * spread).astype("float32"))

    def same(self, name: str, value: float, size: int) -> None:
        import numpy as np

        self.writer.add_tensor(name, np.full(size, value, "float32"))


def _written(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _gguf_text(
    path: Path,
    byte_count: int,
    opening: str,
    *,
    width: int = 64,
    inner: int = 128,
    layers: int = 2,
    heads: int = 4,
    kv_heads: int = 2,
) -> None:
    import gguf

    tokens, merges = vocabulary(byte_count=byte_count)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(8192)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    kinds = [gguf.TokenType.CONTROL if token in MARKS else gguf.TokenType.NORMAL for token in tokens]
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{left} {right}" for left, right in merges])
    writer.add_bos_token_id(tokens.index("<s>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(_TEMPLATE.replace("assistant\n{% endif %}", f"assistant\n{opening}{{% endif %}}"))
    weights = _Weights(writer, 0)
    weights.draw("token_embd.weight", len(tokens), width)
    weights.same("output_norm.weight", 1.0, width)
    weights.draw("output.weight", len(tokens), width, spread=0.2)
    narrow = kv_heads * width // heads
    for layer in range(layers):
        weights.same(f"blk.{layer}.attn_norm.weight", 1.0, width)
        weights.same(f"blk.{layer}.ffn_norm.weight", 1.0, width)
        for name, rows, columns in (
            ("attn_q", width, width),
            ("attn_k", narrow, width),
            ("attn_v", narrow, width),
            ("attn_output", width, width),
            ("ffn_gate", inner, width),
            ("ffn_up", inner, width),
            ("ffn_down", width, inner),
        ):
            weights.draw(f"blk.{layer}.{name}.weight", rows, columns)
    _written(writer)


def _gguf_eyes(path: Path, width: int = 32, inner: int = 64, layers: int = 3, out: int = 64) -> None:
    import gguf

    writer = gguf.GGUFWriter(str(path), "clip")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_bool("clip.has_text_encoder", False)
    writer.add_bool("clip.has_llava_projector", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", False)
    writer.add_bool("clip.use_silu", False)
    sizes = {"image_size": 56, "patch_size": 14, "embedding_length": width, "feed_forward_length": inner}
    for name, value in (sizes | {"block_count": layers, "attention.head_count": 2, "projection_dim": out}).items():
        writer.add_uint32(f"clip.vision.{name}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.48, 0.46, 0.41])
    writer.add_array("clip.vision.image_std", [0.27, 0.26, 0.28])
    weights = _Weights(writer, 1)
    weights.draw("v.class_embd", width)
    weights.draw("v.patch_embd.weight", width, 3, 14, 14)
    weights.draw("v.position_embd.weight", (56 // 14) ** 2 + 1, width)
    weights.same("v.pre_ln.weight", 1.0, width)
    weights.same("v.pre_ln.bias", 0.0, width)
    for layer in range(layers):
        for name in ("ln1", "ln2"):
            weights.same(f"v.blk.{layer}.{name}.weight", 1.0, width)
            weights.same(f"v.blk.{layer}.{name}.bias", 0.0, width)
        for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
            _linear(weights, f"v.blk.{layer}.{name}", width, width)
        _linear(weights, f"v.blk.{layer}.ffn_up", inner, width)
        _linear(weights, f"v.blk.{layer}.ffn_down", width, inner)
    _linear(weights, "mm.0", out, width)
    _linear(weights, "mm.2", out, out)
    _written(writer)


def _linear(weights: _Weights, name: str, rows: int, columns: int) -> None:
    weights.draw(f"{name}.weight", rows, columns)
    weights.same(f"{name}.bias", 0.0, rows)
