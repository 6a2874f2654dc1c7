# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the tokenizers of this folder from the example model's sample text, and cases.json: ids and text by the package
`tokenizers` (0.23.3), which the tests compare with. Needs sentencepiece and its protobuf classes as well.

usage: make.py (in this folder)
"""
import json
import pathlib
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CORPUS = ["../../../../examples/stories/sample.txt"]
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TEXTS = [
    "", " ", "a", " a ", "Once upon a time, there was a little girl named Lily.", "It's IT'S we'LL; don't\n\n  stop\t\there  ",
    "12345 678 9.75 ½ ² Ⅷ", "<s>hello</s> <|begin|>x <|end|>", "Lily Lilys aLily, Lily.  [MASK] x [R]  y the sun", "<0x41> ▁a ▁ b",
    "中文。 naïve café e\u0301 \ufb01ne Å \u212b İΣ", "😀👩\u200d👧 \u00a0nbsp\u3000wide\x0bvt\x85nel", "   indent\n   again   \n", "a" * 40 + " " * 7 + "b", "\r\n x\r\n\r\n!!!???---",
]


def train(model, trainer, **parts):
    tokenizer = Tokenizer(model)
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    tokenizer.train(CORPUS, trainer)
    return tokenizer


def bpe(size, specials=(), byte_level=True):
    alphabet = pre_tokenizers.ByteLevel.alphabet() if byte_level else []
    return trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, special_tokens=list(specials), show_progress=False)


def byte_level(pattern, **parts):
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return dict(pre_tokenizer=pre_tokenizers.Sequence([split, plain]), decoder=decoders.ByteLevel(), **parts)


def with_character_map():
    """A SentencePiece model whose normalizer has four rules."""
    with tempfile.TemporaryDirectory() as folder:
        rules, prefix = pathlib.Path(folder, "rules.tsv"), str(pathlib.Path(folder, "small"))
        rules.write_text("FB01\t66 69\nE9\t65\n65 301\t65\n2126\t3A9\n")
        sentencepiece.SentencePieceTrainer.train(input=CORPUS[0], model_prefix=prefix, vocab_size=300, model_type="unigram", normalization_rule_tsv=str(rules), minloglevel=2)
        trained = sentencepiece_model_pb2.ModelProto.FromString(pathlib.Path(prefix + ".model").read_bytes())
    one = Tokenizer(models.Unigram([(piece.piece, piece.score) for piece in trained.pieces], 0, False))
    one.normalizer = normalizers.Precompiled(trained.normalizer_spec.precompiled_charsmap)
    one.pre_tokenizer, one.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    return one


def make():
    yield "byte-level", train(models.BPE(), bpe(400), pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=True), decoder=decoders.ByteLevel())

    one = train(models.BPE(ignore_merges=True), bpe(400, ["<|begin|>", "<|end|>"]), **byte_level(CONTRACTIONS))
    template = processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", 0)])
    one.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    yield "template", one

    yield "composed", train(models.BPE(), bpe(400), **byte_level(CONTRACTIONS.replace("{1,3}", ""), normalizer=normalizers.NFC()))

    one = train(models.BPE(unk_token="<unk>", fuse_unk=True), bpe(300, ["<unk>", "<s>"], False),
                pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="first"), decoder=decoders.Metaspace(prepend_scheme="first"))
    one.add_tokens([AddedToken("Lily", single_word=True), AddedToken("[MASK]", lstrip=True), AddedToken("[R]", rstrip=True), AddedToken("the sun", normalized=True)])
    yield "metaspace", one

    parts = dict(normalizer=normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.StripAccents(), normalizers.Strip()]),
                 pre_tokenizer=pre_tokenizers.Metaspace(), decoder=decoders.Metaspace())
    one = train(models.Unigram(), trainers.UnigramTrainer(vocab_size=300, show_progress=False, unk_token="<unk>", special_tokens=["<unk>"]), **parts)
    yield "unigram", one
    fields = json.loads(one.to_str())
    fields["normalizer"] = None
    fields["model"]["vocab"] += [["<0x%02X>" % i, -20.0] for i in range(256)]
    fields["model"]["byte_fallback"] = True
    strip = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    one = Tokenizer.from_str(json.dumps(fields))
    one.decoder = decoders.Sequence(strip)
    yield "unigram-bytes", one

    yield "character-map", with_character_map()

    one = train(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=300, show_progress=False, special_tokens=["[UNK]", "[CLS]", "[SEP]"]),
                normalizer=normalizers.BertNormalizer(), pre_tokenizer=pre_tokenizers.BertPreTokenizer(), decoder=decoders.WordPiece())
    one.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    yield "wordpiece", one

    for behavior in ("removed", "merged_with_previous", "merged_with_next", "contiguous"):
        steps = [pre_tokenizers.Split(Regex("[aeiou ]"), behavior, invert=behavior == "merged_with_next"), pre_tokenizers.Digits(individual_digits=behavior == "removed"),
                 pre_tokenizers.Punctuation(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        yield "split-" + behavior.replace("_", "-"), train(models.BPE(), bpe(300), pre_tokenizer=pre_tokenizers.Sequence(steps), decoder=decoders.ByteLevel())

    scripts = [pre_tokenizers.UnicodeScripts(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    yield "scripts", train(models.BPE(), bpe(400), pre_tokenizer=pre_tokenizers.Sequence(scripts), decoder=decoders.ByteLevel())

    # Matches without characters, joiners that are no part of a word, and added tokens that are looked for normalized.
    split = [pre_tokenizers.Split(Regex(r"(?=\p{Lu})"), "isolated"), pre_tokenizers.Split(Regex(r"\w+|[^\w\s]+"), "isolated")]
    one = train(models.BPE(unk_token="<unk>"), bpe(300, ["<unk>"], False), normalizer=normalizers.Nmt(), pre_tokenizer=pre_tokenizers.Sequence(split), decoder=decoders.Fuse())
    yield "split-empty", one
    one = train(models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=200, special_tokens=["<unk>"], show_progress=False),
                normalizer=normalizers.Lowercase(), pre_tokenizer=pre_tokenizers.Whitespace(), decoder=decoders.Fuse())
    one.add_tokens([AddedToken("Lily", normalized=True), AddedToken("[MASK]", normalized=False), AddedToken("[R]", normalized=True)])
    yield "normalized-tokens", one


cases = {}
for name, tokenizer in make():
    tokenizer.save(f"{name}.json", pretty=False)
    encoded = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
    cases[name] = [{"text": text, "ids": ids, "decoded": tokenizer.decode(ids)} for text, ids in zip(TEXTS, encoded)]
pathlib.Path("cases.json").write_text("{\n" + ",\n".join(
    f'"{name}": [\n' + ",\n".join(json.dumps(case) for case in some) + "\n]" for name, some in cases.items()) + "\n}\n")
