# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Files of tokens: a text has the ids of SentencePiece's library, joined as scores are; what a model writes is drawn from
what ONNX Runtime says comes next, and follows from the seed alone."""

import os
import pathlib
import tempfile

import numpy as np
import sentencepiece

from harness import SOURCE, run, tool
from harness.language import Oracle, check, log_softmax, windows
from harness.tokens import read_tokens

tool("retort")
STORIES = SOURCE / "examples" / "stories"
TEXT = STORIES / "sample.txt"
pieces = sentencepiece.SentencePieceProcessor(model_file=str(STORIES / "tokenizer.model"))


def check_text(folder):
    path = folder / "text.tokens"
    run("retort", "tokenize", f"--tokenizer={STORIES / 'tokenizer.model'}", f"--text={TEXT}", "-o", path)
    file = read_tokens(path)
    check((file.width, file.vocabulary, file.window, bool(file.counts.all())), (2, pieces.get_piece_size(), 0, True), "what a text is")
    check(np.array_equal(file.ids, windows(TEXT.read_text(), pieces, file.ids.size)), True, f"{file.ids.size} ids")


def generate(model, path, *words):
    run("retort", "generate", model, *words, "-o", path)
    return path.read_bytes()


def check_repeated(model, folder, *words):
    """The same bytes again, with one thread and with two; windows of a longer file are the same."""
    first = generate(model, folder / "first", "--count=5", *words)
    for other in ([], ["--threads=1"], ["--threads=2"]):
        check(generate(model, folder / "again", "--count=5", *words, *other) == first, True, f"the same bytes {' '.join(other)}")
    generate(model, folder / "longer", "--count=21", *words)
    wanted, found = read_tokens(folder / "first"), read_tokens(folder / "longer")
    check(np.array_equal(found.ids[:5], wanted.ids) and np.array_equal(found.counts[:5], wanted.counts), True, "the first of more windows")
    check(len({row.tobytes() for row in found.ids}), 21, "windows that differ")
    return found


def check_drawn(model, folder):
    """Tokens that are drawn are as surprising as the model is uncertain: the difference has the mean 0."""
    generate(model, folder / "drawn", "--count=64", "--context=64", "--seed=3")
    ids = read_tokens(folder / "drawn").ids
    check(bool((ids[:, 0] == pieces.bos_id()).all()), True, "BOS begins windows")
    logs = log_softmax(Oracle(STORIES / "stories.onnx").logits(ids)[:, :-1])
    surprise = -np.take_along_axis(logs, ids[:, 1:, None], -1)[..., 0]
    off = (surprise + (np.exp(logs) * logs).sum(-1))[read_tokens(folder / "drawn").counts[:, 1:]]
    deviations = off.mean() / (off.std() / np.sqrt(off.size))
    check(abs(deviations) < 4, True, f"surprise {surprise.mean():.3f}, {deviations:.1f} deviations from what is expected")


def check_prompts(model, folder):
    """Prompts are the ids of the library and do not count; what is behind the end neither."""
    prompts = ["Tom had a dog", "Lily went to the park. She", "The end"]
    (folder / "prompts").write_text("\n".join(prompts) + "\n")
    (folder / "template").write_text("Once upon a time. {input}\n")
    words = [f"--tokenizer={STORIES / 'tokenizer.json'}", f"--prompts={folder / 'prompts'}", f"--template={folder / 'template'}"]
    generate(model, folder / "prompted", *words, "--context=200", "--count=6")
    file = read_tokens(folder / "prompted")
    ends = 0
    for i, (ids, counts) in enumerate(zip(file.ids.tolist(), file.counts.tolist())):
        begin = [pieces.bos_id()] + pieces.encode("Once upon a time. " + prompts[i % 3])
        check(ids[:len(begin)], begin, f"prompt {i}")
        end = next((k + 1 for k in range(len(begin), 200) if ids[k] in (pieces.bos_id(), pieces.eos_id())), 200)
        check(counts, [False] * len(begin) + [True] * (end - len(begin)) + [False] * (200 - end), f"what counts of {i}")
        ends += end < 200
    print(f"{ends} of 6 end before the window does")


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    model = folder / "stories.so"
    run("retort", "compile", STORIES / "stories.onnx", "-o", model)
    check_text(folder)
    check_repeated(model, folder, "--context=32", "--seed=9")
    check_drawn(model, folder)
    check_prompts(model, folder)
    # Beside one another, where a graph of one token has a batch; without BOS.
    if (root := os.environ.get("RETORT_TEST_DATA")) and os.path.isdir(root):
        recurrent = pathlib.Path(root).resolve() / "recurrent"
        for name in ("rwkv4_step", "rwkv7_step", "mamba1_step"):
            run("retort", "compile", recurrent / name / "model.onnx", "-o", folder / f"{name}.so")
            file = check_repeated(folder / f"{name}.so", folder, "--context=24")
            check(file.ids[:, 0].tolist(), list(range(21)), f"{name} begins with ids in turn")
