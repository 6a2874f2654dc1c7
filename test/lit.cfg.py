# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How lit finds and runs the tests of Retort.
#
# Substitutions besides lit's own: %{source} and %{build} (the two roots), %{data} (the folder of real models, where
# RETORT_TEST_DATA names one: mark such a test `REQUIRES: test-data`), %{passes} (libRetortPasses.so), %{run}
# (libRetortRun.so), %{train} (libRetortTrain.so), %{python}.

import glob
import os

import lit.formats

config.name = "Retort"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "unit", "e2e"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.retort_build, "test")

path = [os.path.join(config.retort_build, "bin"), config.llvm_tools, os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --allow-unused-prefixes=false"
for name in ("HOME", "TMPDIR", "CCACHE_DIR", "RETORT_OPTIMIZE", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions += [
    ("%{source}", config.retort_source),
    ("%{build}", config.retort_build),
    ("%{python}", config.python),
    ("%{passes}", os.path.join(config.retort_build, "lib", "libRetortPasses.so")),
    ("%{run}", os.path.join(config.retort_build, "lib", "libRetortRun.so")),
    ("%{train}", os.path.join(config.retort_build, "lib", "libRetortTrain.so")),
]

data = os.environ.get("RETORT_TEST_DATA", "")
if os.path.isdir(data):
    config.available_features.add("test-data")
    config.substitutions.append(("%{data}", os.path.abspath(data)))
# The page of `retort report` takes plotly.js.
if os.path.isfile(config.plotly):
    config.available_features.add("plotly")
# A sanitized library cannot be loaded into a host that was built without.
config.available_features.add("asan" if config.sanitized else "stock-hosts")
for tool in glob.glob(os.path.join(config.retort_build, "bin", "retort*")):
    config.available_features.add(os.path.basename(tool))
