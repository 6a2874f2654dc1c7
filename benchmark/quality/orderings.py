# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which of two methods costs more, as the literature has it: (where it is from, what costs more, what costs less).

Sources: GPTQ 2210.17323, AWQ 2306.00978, SparseGPT 2301.00774, Wanda 2306.11695, SVD-LLM 2403.07378, FLAP 2312.11983.
A method stands here by its passes; forms that are compared at equal bits say so.
"""

RTN, GPTQ = "compress-quantize-rtn", "compress-quantize-gptq"
MAGNITUDE, WANDA, SPARSEGPT = "compress-prune-magnitude", "compress-prune-wanda", "compress-prune-sparsegpt"


def rtn(bits, group=32, more=""):
    return f"{RTN}{{bits={bits} group-size={group}{more}}}"


def gptq(bits, more=""):
    return f"{GPTQ}{{bits={bits} group-size=32{more}}}"


def chain(source, *passes):
    """Each costs more than the next."""
    return [(source, worse, better) for worse, better in zip(passes, passes[1:])]


def patterns(name, *passes):
    """The same at half of the weights, and at two of four."""
    return [row for pattern in ("sparsity=0.5", "n=2 m=4")
            for row in chain(name, *(p.format(pattern) for p in passes))]


ORDERINGS = [
    *chain("fewer bits", rtn(2), rtn(3), rtn(4), rtn(8)),
    *chain("larger groups", rtn(4, 0), rtn(4, 128), rtn(4, 32)),
    *chain("no zero points", rtn(4), rtn(4, more=" symmetric=false")),
    *chain("no zero points", rtn(3), rtn(3, more=" symmetric=false")),
    *[row for bits in (4, 3) for row in chain("GPTQ, then descent", rtn(bits), rtn(bits, more=" range=mse"),
                                              gptq(bits, " refine=0"), gptq(bits))],
    *chain("AWQ", rtn(3), f"compress-scale-inputs{{bits=3}},{rtn(3)}"),
    *patterns("Wanda, SparseGPT, fit", MAGNITUDE + "{{{}}}", WANDA + "{{{}}}",
              SPARSEGPT + "{{{} refine=0}}", SPARSEGPT + "{{{}}}"),
    *chain("SparseGPT", SPARSEGPT + "{n=2 m=4}", SPARSEGPT + "{n=4 m=8}", SPARSEGPT + "{sparsity=0.5}"),
    *chain("SVD-LLM", "compress-factorize-svd{ratio=0.8 whiten=false}", "compress-factorize-svd{ratio=0.8}"),
    *chain("FLAP", "compress-prune-structured{ratio=0.25 fit=false}", "compress-prune-structured{ratio=0.25}"),
    # 3 levels bits and 6 bits of a scale for 32 weights come to a little over 3.19 bits.
    *chain("one form for all, equal bits", GPTQ + "{form=levels bits=3}", "compress-allocate{target-bits=3.19}"),
    *chain("one form for all, equal bits", GPTQ + "{form=levels bits=4}", "compress-allocate{target-bits=4.19}"),
]
