# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""RetNet, RWKV 4 to 7, Mamba and Hyena as people export them: outputs that PyTorch recorded, retentions that are found in each of
their forms, and a decode step that the file gives or that is derived."""

import json

from harness import data, run, skip

RETENTIONS = {"rwkv52": 12, "rwkv6": 2, "mamba1": 2, "retnet": 2}  # of the layers; the others have none

folder = data("recurrent")
if not folder.is_dir():
    skip("there are no recurrent models")
for model in sorted(folder.glob("*/model.onnx")):
    name, case = model.parent.name, model.parent / "test_data_set_0"
    run("retort", "run", model, f"--inputs={case}", f"--expect={case}", "--rtol=1e-4", "--atol=1e-4")
    seen = json.loads(run("retort", "inspect", model, "--json"))
    found, wanted = seen["retention"]["found"], RETENTIONS.get(name.split("_")[0], 0)
    assert found == wanted, f"{name}: {found} of {wanted} retentions"
    step = "given" if name.endswith("_step") else "derived"
    assert seen["decode_step"] == step, f"{name}: {seen['decode_step']} {seen['decode_step_reason']}"
    print(name, "holds", flush=True)
