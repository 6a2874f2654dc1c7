# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes tokenizers that cannot say everything, and a tensor whose data are elsewhere. usage: odd_files.py FOLDER"""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
words = {"type": "WordLevel", "vocab": {"a": 0}}
pieces = {"type": "Unigram", "vocab": [["a", 0]], "unk_id": None}
for name, model in (("words", words), ("pieces", pieces)):
    (folder / f"{name}.json").write_text(json.dumps({"model": model, "pre_tokenizer": {"type": "Whitespace"}}))
(folder / "inputs").mkdir()
# dims 1, data_type float, name x, data_location EXTERNAL
(folder / "inputs" / "input_0.pb").write_bytes(bytes([0x08, 1, 0x10, 1, 0x42, 1]) + b"x" + bytes([0x70, 1]))
