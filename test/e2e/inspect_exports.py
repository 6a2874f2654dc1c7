# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""retort inspect on models of every exporter: all attentions, norms and rotary embeddings are found, and rotary embeddings
are described as the formulas of their training code say."""

import json
import math

from harness import data, run

data("onnx-exports")


def default(width=16, base=10000.0, factor=1.0):
    return [base ** (-2 * k / width) / factor for k in range(width // 2)]


def yarn(width=16, base=10000.0, factor=4.0, trained=16, fast=32, slow=1):
    """YaRN (2309.00071) as transformers computes it: a ramp over the index of the pair."""
    at = lambda turns: width * math.log(trained / (turns * 2 * math.pi)) / (2 * math.log(base))
    low, high = max(math.floor(at(fast)), 0), min(math.ceil(at(slow)), width - 1)
    ramp = [min(max((k - low) / max(high - low, 0.001), 0), 1) for k in range(width // 2)]
    return [f * (1 - r) + f / factor * r for f, r in zip(default(width, base), ramp)]


def rope(count, frequencies, head=None, layout="half", base=10000, factor=1, amplitude=1, limit=None, stable=True):
    return dict(count=count, layout=layout, rotary_width=2 * len(frequencies), head_size=head or 2 * len(frequencies), base=base,
                factor=factor, amplitude=amplitude, limit=limit, row_stable=stable, frequencies=frequencies)


LLAMA, STORIES = [rope(4, default())], [rope(10, default(8))]
YARN = [rope(4, yarn(), base=None, factor=None, amplitude=0.1 * math.log(4) + 1)]

# attentions, root mean square norms, layer norms, cache, rotary embeddings
EXPECTED = {
    "bert_dynamo18": (2, 0, 6, "none", []),
    "bloom_dynamo18": (2, 0, 6, "none", []),
    "cohere_dynamo18": (2, 0, 7, "none", [rope(4, default(16, 500000), layout="interleaved", base=500000)]),
    "deepseek_v3_dynamo18": (2, 9, 0, "none", [rope(4, default(8))]),
    "gemma2_torchscript17": (2, 9, 0, "none", LLAMA),
    "gemma3_dynamo18": (2, 13, 0, "none", [rope(2, default()), rope(2, default(16, 1e6), base=1000000)]),
    "genai_llama_fp32": (2, 5, 0, "buffer", [rope(4, default(), limit=64)]),
    "genai_llama_int4": (2, 5, 0, "buffer", [rope(4, default(), limit=64)]),
    "genai_llama_int4_zero_points": (2, 5, 0, "buffer", [rope(4, default(), limit=64)]),
    "genai_stories260k_fp32": (5, 11, 0, "buffer", [rope(10, default(8), limit=512)]),
    "genai_stories260k_int4": (5, 11, 0, "buffer", [rope(10, default(8), limit=512)]),
    "genai_stories260k_int4_zero_points": (5, 11, 0, "buffer", [rope(10, default(8), limit=512)]),
    "gpt2_dynamo18": (2, 0, 5, "none", []),
    "gpt2_torchscript17": (2, 0, 5, "none", []),
    "gpt_neox_dynamo18": (2, 0, 5, "none", [rope(4, default(4), head=16)]),
    "gpt_neox_torchscript17": (2, 0, 5, "none", [rope(4, default(4), head=16)]),
    "gptj_dynamo18": (2, 0, 3, "none", [rope(4, default(8), head=16, layout="interleaved", limit=64)]),
    "llama_dynamic_torchscript17": (2, 5, 0, "none", [rope(4, default(), stable=False)]),
    "llama_linear_dynamo23": (2, 5, 0, "none", [rope(4, default(factor=4.0), factor=4)]),
    "llama_yarn_dynamo18": (2, 5, 0, "none", YARN),
    "llama_yarn_torchscript17": (2, 5, 0, "none", YARN),
    "mamba2_dynamo18": (0, 5, 0, "none", []),
    "mistral_dynamo18": (2, 5, 0, "none", LLAMA),
    "mixtral_dynamo18": (2, 5, 0, "none", [rope(4, default(16, 1e6), base=1000000)]),
    "opt_dynamo18": (2, 0, 5, "none", []),
    "phi_dynamo18": (2, 0, 3, "none", [rope(4, default(8), head=16)]),
    "qwen2_dynamo18": (2, 5, 0, "none", LLAMA),
    "qwen3_dynamo18": (2, 9, 0, "none", [rope(4, default(24))]),
    "stories260k_dynamo18": (5, 11, 0, "none", STORIES),
    "stories260k_dynamo18_mask_external": (5, 11, 0, "none", STORIES),
    "stories260k_dynamo18_past": (5, 11, 0, "appended", STORIES),
    "stories260k_dynamo23_past": (5, 11, 0, "appended", STORIES),
    "stories260k_dynamo25": (5, 11, 0, "none", STORIES),
    "stories260k_optimum_past": (5, 11, 0, "appended", STORIES),
    "stories260k_torchscript17": (5, 11, 0, "none", STORIES),
    "t5_dynamo18": (3, 7, 0, "none", []),
    "transformers_llama_past_fused": (2, 5, 0, "appended", LLAMA),
    "static_scatter_bias_decoder_opset24": (2, 5, 0, "buffer", [rope(4, default(), limit=128)]),
    "tiny_qwen35_fp16_decoder": (2, 0, 5, "buffer", []),
    "tiny_random_gpt2_fp32_past": (5, 0, 11, "appended", []),
    "tiny_random_llama_fp16": (2, 5, 0, "appended", [rope(4, default(), limit=2048)]),
}

# What the names of these exports say; the roles themselves are found without them.
ROLES = {"input_ids": "tokens", "decoder_input_ids": "tokens", "attention_mask": "mask", "position_ids": "positions", "logits": "logits",
         "write_indices": "start", "nonpad_kv_seqlen": "length"}
WITHOUT_ROLE = {("t5_dynamo18", "input_ids"), ("bert_dynamo18", "token_type_ids")}


def expect(model, what, found, wanted):
    assert found == wanted, f"{model}: {what} {found}, expected {wanted}"


def check_roles(model, described):
    pasts = [value["role"] for value in described["inputs"] if value["role"].startswith("past:")]
    expect(model, "pasts", pasts, [f"past:{k}" for k in range(len(pasts))])
    presents = sorted(value["role"] for value in described["outputs"] if value["role"] != "logits")
    expect(model, "presents", presents, sorted(role.replace("past", "present") for role in pasts))
    for value in described["inputs"] + described["outputs"]:
        name, role = value["name"], value["role"]
        if (model, name) in WITHOUT_ROLE:
            expect(model, name, role, "")
        elif name in ROLES:
            expect(model, name, role, ROLES[name])
        else:
            assert role.startswith(("past:", "present:")), f"{model}: {name} has the role '{role}'"


def check_ropes(model, found, wanted):
    expect(model, "kinds of rotary embedding", len(found), len(wanted))
    for got, want in zip(found, wanted):
        for key, value in want.items():
            if key == "frequencies":
                # What f16 tables hold of a frequency grows less exact the slower it is.
                bound = 2e-3 if "fp16" in model else 2e-6
                worst = max(abs(a / b - 1) for a, b in zip(got[key], value, strict=True))
                assert worst < bound, f"{model}: frequencies {got[key]}, expected {value}"
            elif isinstance(value, float):
                assert abs(got[key] / value - 1) < 1e-6, f"{model}: {key} {got[key]}, expected {value}"
            else:
                expect(model, key, got[key], value)


def check(model):
    folder = "onnx-exports" if data("onnx-exports", model).exists() else "onnx-random-weights"
    described = json.loads(run("retort", "inspect", data(folder, model, "model.onnx"), "--json"))
    attentions, rms, layer, cache, ropes = EXPECTED[model]
    for key, count in ("attention", attentions), ("rms_norms", rms), ("layer_norms", layer):
        expect(model, key, described[key], {"found": count, "of": count, "missed": []})
    expect(model, "cache", described["kv_cache"], cache)
    check_roles(model, described)
    check_ropes(model, described["ropes"], ropes)


for model in EXPECTED:
    check(model)

stories = json.loads(run("retort", "inspect", data("onnx-exports", "genai_stories260k_int4", "model.onnx"), "--json"))
expect("stories", "opsets", stories["opsets"], {"ai.onnx": 22, "com.microsoft": 1})
assert stories["producer"].startswith("onnxruntime-genai ")
# Codes of the model's weights, its output matrix apart from the embedding; beside them scales and tables of angles.
assert stories["weights"]["ui4"]["bytes"] == 130732 and stories["weight_bytes"] == 183148

text = run("retort", "inspect", data("onnx-exports", "llama_yarn_dynamo18", "model.onnx"))
for line in ("attention    2 of 2", "rms norms    5 of 5", "attention factor 1.13863", "input        input_ids: i64 [batch, sequence], tokens"):
    assert line in text, f"'{line}' is not in\n{text}"
print(f"{len(EXPECTED)} models")
