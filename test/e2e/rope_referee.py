# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Extended rotary embeddings against released code: logits of transformers 5, recorded in data/rope_referee.npz.

RETORT_ROPE_REFEREE=live asks transformers itself, for more factors and lengths; =record writes the file again."""

import os
import pathlib
import sys
import tempfile

import numpy as np
from harness import run, skip, tool

try:
    import onnx
except ImportError as missing:
    skip(f"{missing.name} is not installed")

if os.environ.get("RETORT_ROPE_REFEREE") in ("live", "record"):
    try:
        import transformers
    except ImportError:
        skip("transformers is not installed")

from harness.llama import Llama

tool("retort")
MODE = os.environ.get("RETORT_ROPE_REFEREE", "recorded")
RECORDED = pathlib.Path(__file__).parent / "data" / "rope_referee.npz"
LENGTH, BAR = 64, 1e-5
MODELS = {"full": Llama(), "partial": Llama(rotary=8), "wide": Llama(heads=2, groups=2, size=32, rotary=32, base=500000.0)}


# Of the first model all.
RECORDED_METHODS = {"partial": ["yarn", "longrope", "dynamic-ntk"], "wide": ["llama3"]}


def lists(width):
    """Short and long factors of LongRoPE, one for each pair."""
    ramp = np.arange(width // 2) / max(width // 2 - 1, 1)
    return [float(x) for x in np.round(1 + 0.25 * ramp, 4)], [float(x) for x in np.round(1 + 7 * ramp**2, 4)]


def methods(factor, of):
    """By name: the options of the pass, and `rope_parameters`."""
    base, s = of.base, factor
    short, long = lists(of.rotary)
    original = {"original_max_position_embeddings": LENGTH}
    joined = lambda numbers: ",".join(map(str, numbers))
    return {
        "pi": (f"method=pi factor={s}", {"rope_type": "linear", "factor": s}),
        "ntk": (f"method=ntk factor={s}", {"rope_type": "default", "rope_theta": base * s ** (of.rotary / (of.rotary - 2))}),
        "ntk-by-parts": (f"method=ntk-by-parts factor={s}", {"rope_type": "yarn", "factor": s, "attention_factor": 1.0, **original}),
        "yarn": (f"method=yarn factor={s}", {"rope_type": "yarn", "factor": s, **original}),
        "yarn-options": (f"method=yarn factor={s} beta-fast=16 beta-slow=2 truncate=false attention-factor=1.2", {"rope_type": "yarn", "factor": s, "beta_fast": 16, "beta_slow": 2, "truncate": False, "attention_factor": 1.2, **original}),
        "llama3": (f"method=llama3 factor={s}", {"rope_type": "llama3", "factor": s, "low_freq_factor": 1.0, "high_freq_factor": 4.0, **original}),
        "longrope": (f"method=longrope factor={s} short-factor={joined(short)} long-factor={joined(long)}", {"rope_type": "longrope", "factor": s, "short_factor": short, "long_factor": long, **original}),
        "dynamic-ntk": (f"method=dynamic-ntk factor={s}", {"rope_type": "dynamic", "factor": s}),
        "dynamic-yarn": ("method=dynamic-yarn", None),  # for every length the YaRN of that length
    }


def lengths(factor):
    return sorted({LENGTH // 2, LENGTH, int(LENGTH * 1.25) + 1, int(LENGTH * factor)})


def tokens(length):
    return np.random.default_rng(length).integers(0, 64, (1, length))


def theirs(of, parameters, length, factor):
    """A fresh model of transformers, one forward pass; the logits of the last three tokens."""
    import torch
    from transformers import Glm4MoeConfig, Glm4MoeForCausalLM, LlamaConfig, LlamaForCausalLM

    if parameters is None:
        s = max(1.0, length / LENGTH)
        parameters = {"rope_type": "yarn", "factor": s, "original_max_position_embeddings": LENGTH}
    parameters = {"rope_theta": of.base, **parameters}
    common = dict(vocab_size=of.words, hidden_size=of.width, intermediate_size=of.inner, num_hidden_layers=of.layers, num_attention_heads=of.heads, num_key_value_heads=of.groups, max_position_embeddings=LENGTH, rms_norm_eps=1e-6, tie_word_embeddings=False, pad_token_id=0, attn_implementation="eager")
    weights = {name: torch.from_numpy(value) for name, value in of.tensors.items()}
    if of.rotary == of.size:
        model = LlamaForCausalLM(LlamaConfig(**common, head_dim=of.size, rope_parameters=parameters))
    else:
        # Of dense layers alone it is a Llama whose heads turn in part.
        parameters = {**parameters, "partial_rotary_factor": of.rotary / of.size}
        model = Glm4MoeForCausalLM(Glm4MoeConfig(**common, head_dim=of.size, first_k_dense_replace=of.layers, rope_parameters=parameters))
    model.load_state_dict(weights)
    with torch.no_grad():
        return model.float().eval()(torch.from_numpy(tokens(length))).logits[0, -3:].numpy()


def cases():
    """(key, model, form, options, parameters, factor)"""
    factors = [float(s) for s in os.environ.get("RETORT_ROPE_FACTORS", "1.5,2,4,8,16").split(",")] if MODE == "live" else [4.0]
    forms = ["computed", "tables", "rotary_embedding", "microsoft", "group_query"]
    for name, of in MODELS.items():
        for factor in factors:
            for k, (method, (options, parameters)) in enumerate(methods(factor, of).items()):
                if MODE != "live" and method not in RECORDED_METHODS.get(name, [method]):
                    continue
                form = forms[(k + list(MODELS).index(name)) % 5]
                # ONNX Runtime's own grouped attention turns multiples of 16 coordinates.
                form = "tables" if form == "group_query" and of.rotary % 16 else form
                yield f"{name}/{method}/{factor:g}", of, form, options, parameters, factor


def only(key):
    return os.environ.get("RETORT_ROPE_CASES", "") in key


def feeds(path, of, length):
    np.save(path / "input_ids.npy", tokens(length))
    np.save(path / "position_ids.npy", np.arange(length)[None])
    np.save(path / "attention_mask.npy", np.ones((1, length), np.int64))
    for layer in range(of.layers):
        for name in ("key", "value"):
            np.save(path / f"past_key_values.{layer}.{name}.npy", np.zeros((1, of.groups, 0, of.size), np.float32))


def ours(work, model, of, length):
    path = work / "inputs"
    path.mkdir(exist_ok=True)
    feeds(path, of, length)
    wanted = {i.name for i in onnx.load(work / "model.onnx").graph.input}
    for file in path.glob("*.npy"):
        if file.stem not in wanted:
            file.unlink()
    run("retort", "run", model, f"--inputs={path}", f"--outputs={work / 'outputs'}")
    from onnx import numpy_helper

    tensor = onnx.TensorProto.FromString((work / "outputs" / "output_0.pb").read_bytes())
    return numpy_helper.to_array(tensor)[0, -3:]


def through_onnx(path, of, length):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path))
    values = {"input_ids": tokens(length), "position_ids": np.arange(length)[None], "attention_mask": np.ones((1, length), np.int64)}
    feed = {i.name: values.get(i.name, np.zeros((1, of.groups, 0, of.size), np.float32)) for i in session.get_inputs()}
    return session.run(None, feed)[0][0, -3:]


def main():
    if MODE == "record":
        found = {f"{key}/{n}": theirs(of, parameters, n, factor) for key, of, _, _, parameters, factor in cases() for n in lengths(factor)}
        np.savez_compressed(RECORDED, **found)
        print(f"{len(found)} cases, {RECORDED.stat().st_size} bytes")
        return
    recorded = np.load(RECORDED)
    worst, count, failed, shown = 0.0, 0, [], 0
    for key, of, form, options, parameters, factor in cases():
        if not only(key):
            continue
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            # Tables end at the trained length.
            onnx.save(of.model(form, rows=LENGTH), work / "model.onnx")
            words = f"--compress=compress-extend-rope{{{options} original-length={LENGTH}}}"
            run("retort", "compile", work / "model.onnx", "-o", work / "model.so", "--numerics=exact", words)
            ways = [lambda n: ours(work, work / "model.so", of, n)]
            if MODE == "live" or "dynamic" in key or "longrope" in key:
                run("retort", "compile", work / "model.onnx", "--emit=onnx", "-o", work / "extended.onnx", words)
                ways.append(lambda n: through_onnx(work / "extended.onnx", of, n))
            for length in lengths(factor):
                wanted = theirs(of, parameters, length, factor) if MODE == "live" else recorded[f"{key}/{length}"]
                for found in (way(length) for way in ways):
                    off = np.abs(found - wanted).max() / np.abs(wanted).max()
                    worst, count = max(worst, off), count + 1
                    if not off <= BAR:
                        failed.append(f"{key} ({form}) at {length}: {off:.1e} of the largest logit")
        print("\n".join(failed[shown:] or [f"{key} ({form}): within {worst:.1e} so far"]), flush=True)
        shown = len(failed)
    print(f"{count} logits compared, off by {worst:.1e} of the largest at most")
    if failed:
        sys.exit("\n".join(failed))


main()
