// RUN: retort-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{expects a name as 'cpu', found none}}
module attributes {retort.target = #retort.target<cpu = "", vector_bits = 128, vector_registers = 16>} {}

// -----

// expected-error @+1 {{expects 'vector_bits' as a multiple of 64 up to 2048, found 100}}
module attributes {retort.target = #retort.target<cpu = "a", vector_bits = 100, vector_registers = 16>} {}

// -----

// expected-error @+1 {{expects 'vector_registers' from 8 to 1024, found 2}}
module attributes {retort.target = #retort.target<cpu = "a", vector_bits = 128, vector_registers = 2>} {}

// -----

// expected-error @+1 {{expects 'features' in the order of the alphabet}}
module attributes {retort.target = #retort.target<cpu = "a", vector_bits = 128, vector_registers = 16 features ["fma", "avx"]>} {}

// -----

// expected-error @+1 {{expects 'caches' of at least one byte, found 0}}
module attributes {retort.target = #retort.target<cpu = "a", vector_bits = 128, vector_registers = 16 caches [0]>} {}

// -----

// expected-error @+1 {{'builtin.module' op has an attribute 'retort.wieghts' that is not known}}
module attributes {retort.wieghts = []} {}

// -----

// expected-error @+1 {{'builtin.module' op has an attribute 'retort.context', which belongs to functions}}
module attributes {retort.context = 8 : i64} {}

// -----

// expected-error @+1 {{'builtin.module' op expects an array of tensors as 'retort.weights', found [1]}}
module attributes {retort.weights = [1]} {}

// -----

// expected-error @+1 {{'builtin.module' op expects a string as 'retort.no_decode_step', found 1 : i64}}
module attributes {retort.no_decode_step = 1 : i64} {}

// -----

// expected-error @+1 {{'builtin.module' op expects a dictionary as 'retort.language', found "English"}}
module attributes {retort.language = "English"} {}

// -----

// expected-error @+1 {{'builtin.module' op expects native or onnx as 'retort.emission', found "pdf"}}
module attributes {retort.emission = "pdf"} {}

// -----

// expected-error @+1 {{'builtin.module' op expects a #retort.target as 'retort.target', found "native"}}
module attributes {retort.target = "native"} {}

// -----

// expected-error @+1 {{'func.func' op expects a number of tokens (i64) as 'retort.context', found 0 : i64}}
func.func private @no_context() attributes {retort.context = 0 : i64}

// -----

// expected-error @+1 {{'func.func' op expects pairs of numbers as 'retort.operations', found array<i64: 2>}}
func.func private @half_a_pair() attributes {retort.operations = array<i64: 2>}

// -----

// expected-error @+1 {{'func.func' op expects no value as 'retort.rewinds', found 1 : i64}}
func.func private @rewinds_by_number() attributes {retort.rewinds = 1 : i64}

// -----

// expected-error @+1 {{'func.func' op expects a letter of "prdtw" for each loop as 'retort.kernel', found "px"}}
func.func private @unknown_loop() attributes {retort.kernel = "px"}

// -----

// expected-error @+1 {{'func.func' op has an attribute 'retort.role', which belongs to arguments of functions}}
func.func private @role_of_function() attributes {retort.role = "tokens"}

// -----

// expected-error @+1 {{'func.func' op expects a role of an input or output as 'retort.role', found "past:x"}}
func.func private @unknown_role(%x: tensor<2xf32> {retort.role = "past:x"})

// -----

// expected-error @+1 {{'func.func' op expects an index (i64) as 'retort.weight', found -1 : i64}}
func.func private @no_index(%x: tensor<2xf32> {retort.weight = -1 : i64})

// -----

// expected-error @+1 {{'func.func' op has an attribute 'retort.state', which belongs to arguments of functions}}
func.func private @state_as_result() -> (tensor<2xf32> {retort.state = 0 : i64})

// -----

// expected-error @+1 {{'func.func' op expects no value as 'retort.noalias', found true}}
func.func private @noalias_of_what(%x: memref<2xf32> {retort.noalias = true})

// -----

// expected-error @+1 {{'func.func' op expects a type as 'retort.element', found "f32"}}
func.func private @element_by_name(%x: tensor<2xi8> {retort.element = "f32"})

// -----

func.func @attribute_on_another_op(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'onnx.Relu' op has an attribute 'retort.kernel', which belongs to modules, functions and their arguments}}
  %y = onnx.Relu(%x) {retort.kernel = "p"} : (tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// expected-error @+1 {{'builtin.module' op expects a dictionary as 'retort.size', found 3 : i64}}
module attributes {retort.size = 3} {}

// -----

// expected-error @+1 {{'builtin.module' op expects a number of bytes (i64) or no value as 'retort.size_beside', found "much"}}
module attributes {retort.size_beside = "much"} {}

// -----

// expected-error @+1 {{'builtin.module' op expects rising numbers by the names of weights as 'retort.kept_inputs', found {w = array<i64: 2, 1>}}}
module attributes {retort.kept_inputs = {w = array<i64: 2, 1>}} {}

// -----

// expected-error @+1 {{'builtin.module' op expects an array as 'retort.segments', found 3 : i64}}
module attributes {retort.segments = 3} {}

// -----

// expected-error @+1 {{'builtin.module' op expects a hash (i64) as 'retort.tokenizer', found "bytes"}}
module attributes {retort.tokenizer = "bytes"} {}
