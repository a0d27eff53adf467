# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/llm: tiny random models of every branch as Hugging Face folders and GGUF files, with the logits that
transformers computes for them. Weights are noise and text is harmless. Run: python tests/oracle/llm/llm_models.py [OUTPUT FOLDER]
"""
import json
import pathlib
import shutil
import sys

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast, Qwen2Config, Qwen3Config

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "fixtures" / "llm")
SMALL = dict(vocab_size=64, hidden_size=32, num_hidden_layers=2, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)
LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0)
CHATML = ("{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
          "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}"
          "{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
          "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            p.copy_(1 + 0.2 * noise if name.endswith("norm.weight") else noise * (0.5 if p.dim() == 1 else p.shape[-1] ** -0.5))
    return model


def logits(model, ids, start):
    positions = torch.arange(start, start + len(ids))
    with torch.no_grad():
        return model(ids[None], position_ids=positions[None]).logits[0].float().contiguous(), positions


def expected(model, path, seed, start=0, length=24):
    """ids, positions, logits in float32 and bfloat16 of the weights as they are stored."""
    ids = torch.randint(0, model.config.vocab_size, (length,), generator=torch.Generator().manual_seed(seed))
    wide, positions = logits(model.float(), ids, start)
    narrow, _ = logits(model.bfloat16(), ids, start)
    save_file({"ids": ids, "positions": positions, "logits": wide, "logits_bf16": narrow}, path)


def make(name, config, seed, dtype=torch.float32, start=0, legacy_rope=False, **saving):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model = randomise(AutoModelForCausalLM.from_config(config), seed).to(dtype).eval()
    model.save_pretrained(folder, **saving)
    if legacy_rope:  # what transformers 4 wrote
        text = json.loads((folder / "config.json").read_text())
        rope = text.pop("rope_parameters")
        text["rope_theta"] = rope.pop("rope_theta")
        text["rope_scaling"] = None if rope["rope_type"] == "default" else rope
        text["torch_dtype"] = text.pop("dtype")
        (folder / "config.json").write_text(json.dumps(text, indent=2) + "\n")
    expected(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval(), folder / "expected.safetensors", seed,
             start)
    return folder


def bytes_only_tokenizer():
    """Byte-level BPE whose only merges make ' the' and 'ing': enough to load, to encode anything and to decode it."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "n"), ("in", "g")]
    vocabulary = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + alphabet + [a + b for a, b in merges]
    words = Tokenizer(models.BPE({token: i for i, token in enumerate(vocabulary)}, merges))
    words.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    words.decoder = decoders.ByteLevel()
    words.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in vocabulary[:3]])
    return words, vocabulary, [" ".join(m) for m in merges]


def make_chat_model():
    words, vocabulary, _ = bytes_only_tokenizer()
    config = LlamaConfig(**SMALL | dict(vocab_size=len(vocabulary), max_position_embeddings=512, bos_token_id=1, eos_token_id=2,
                                        pad_token_id=2), tie_word_embeddings=True)
    folder = make("llama_chat", config, 8, torch.bfloat16)
    PreTrainedTokenizerFast(tokenizer_object=words, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>",
                            unk_token="<|endoftext|>", chat_template=CHATML, model_max_length=512,
                            clean_up_tokenization_spaces=False).save_pretrained(folder)
    (folder / "generation_config.json").write_text(json.dumps(
        dict(bos_token_id=1, do_sample=True, eos_token_id=[2, 0], pad_token_id=2, temperature=0.6, top_p=0.95, top_k=20)) + "\n")


def permute(weight, heads):
    """Rows of q and k as llama.cpp's converter orders them."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def put_back(weight, heads):
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def make_gguf(name, config, arch, seed, types, rope_freqs=None):
    """types: GGUF types given in turn to the matrices. Expected logits: transformers on the weights gguf's dequantiser gives."""
    _, vocabulary, merges = bytes_only_tokenizer()
    model = randomise(AutoModelForCausalLM.from_config(config), seed).eval()
    mapping = gguf.get_tensor_name_map({v: k for k, v in gguf.MODEL_ARCH_NAMES.items()}[arch], config.num_hidden_layers)
    path = OUT / f"{name}.gguf"
    w = gguf.GGUFWriter(path, arch)
    w.add_name(name)
    w.add_block_count(config.num_hidden_layers)
    w.add_context_length(config.max_position_embeddings)
    w.add_embedding_length(config.hidden_size)
    w.add_feed_forward_length(config.intermediate_size)
    w.add_head_count(config.num_attention_heads)
    w.add_head_count_kv(config.num_key_value_heads)
    w.add_rope_freq_base(config.rope_parameters["rope_theta"])
    w.add_layer_norm_rms_eps(config.rms_norm_eps)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    if head_dim != config.hidden_size // config.num_attention_heads:
        w.add_key_length(head_dim)
        w.add_value_length(head_dim)
    w.add_rope_dimension_count(head_dim)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("smollm")
    w.add_token_list(vocabulary)
    w.add_token_types([gguf.TokenType.CONTROL] * 3 + [gguf.TokenType.NORMAL] * (len(vocabulary) - 3))
    w.add_token_merges(merges)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_add_bos_token(False)
    w.add_chat_template(CHATML)
    state = {}
    for i, (hf, tensor) in enumerate(model.named_parameters()):
        base, suffix = hf.rsplit(".", 1)
        values = tensor.detach().numpy()
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(base.rsplit(".", 1)[-1])
        paired = arch == "llama" and heads is not None
        if paired:
            values = permute(values, heads)
        kind = types[i % len(types)] if values.ndim == 2 else gguf.GGMLQuantizationType.F32
        packed = gguf.quantize(np.ascontiguousarray(values), kind)
        w.add_tensor(mapping.get_name(base) + "." + suffix, packed, raw_dtype=kind)
        back = gguf.dequantize(packed, kind)
        state[hf] = torch.from_numpy(put_back(back, heads) if paired else back).contiguous()
    if rope_freqs is not None:
        w.add_tensor("rope_freqs.weight", rope_freqs.astype(np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    model.load_state_dict(state, strict=not config.tie_word_embeddings)
    if rope_freqs is None:  # transformers' own reader of GGUF agrees with this script
        theirs = AutoModelForCausalLM.from_pretrained(OUT, gguf_file=path.name, dtype=torch.float32).eval()
        ids = torch.arange(12)
        assert torch.equal(logits(theirs, ids, 0)[0], logits(model, ids, 0)[0]), name
    expected(model, OUT / f"{name}.expected.safetensors", seed, start=2000 if rope_freqs is not None else 0)


OUT.mkdir(parents=True, exist_ok=True)
make("llama_gqa_untied", LlamaConfig(**SMALL, tie_word_embeddings=False), 1)
make("llama_mha_tied", LlamaConfig(**SMALL | dict(num_key_value_heads=4), tie_word_embeddings=True), 2, torch.bfloat16)
make("llama3_rope", LlamaConfig(**SMALL | dict(max_position_embeddings=8192), tie_word_embeddings=True,
                                rope_parameters=LLAMA3 | dict(original_max_position_embeddings=512)), 3, start=4000,
     legacy_rope=True)
make("llama_head_size", LlamaConfig(**SMALL, head_dim=6, tie_word_embeddings=False), 4, torch.bfloat16, legacy_rope=True)
make("qwen2_tied", Qwen2Config(**SMALL, tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e6)), 5)
make("qwen2_untied", Qwen2Config(**SMALL, tie_word_embeddings=False), 6, torch.float16, legacy_rope=True)
make("qwen3_sharded", Qwen3Config(**SMALL, head_dim=12, tie_word_embeddings=False), 7, max_shard_size="60KB")
make_chat_model()

BLOCK = dict(intermediate_size=64, vocab_size=len(bytes_only_tokenizer()[1]))
T = gguf.GGMLQuantizationType
make_gguf("llama", LlamaConfig(**SMALL | BLOCK, tie_word_embeddings=True), "llama", 11,
          [T.Q8_0, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.F16, T.BF16])
make_gguf("qwen2", Qwen2Config(**SMALL | BLOCK, tie_word_embeddings=False), "qwen2", 12, [T.Q8_0, T.F32])
long = LlamaConfig(**SMALL | BLOCK | dict(max_position_embeddings=131072), head_dim=16, tie_word_embeddings=False,
                   rope_parameters=LLAMA3 | dict(original_max_position_embeddings=8192))
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS  # noqa: E402
scaled = ROPE_INIT_FUNCTIONS["llama3"](long)[0].numpy()
plain = (1.0 / (500000.0 ** (torch.arange(0, 16, 2, dtype=torch.float) / 16))).numpy()
make_gguf("llama3", long, "llama", 13, [T.F16], rope_freqs=plain / scaled)
