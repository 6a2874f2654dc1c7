// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that combine the elements along axes, and what runs along an axis.
#ifndef RETORT_ONNX_REDUCTION
#define RETORT_ONNX_REDUCTION

include "dialects/Onnx/OnnxSchema.td"

def Onnx_ReduceL1Op : Onnx_ReduceL1Schema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceL2Op : Onnx_ReduceL2Schema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceLogSumOp : Onnx_ReduceLogSumSchema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceLogSumExpOp
    : Onnx_ReduceLogSumExpSchema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceMaxOp : Onnx_ReduceMaxSchema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceMeanOp : Onnx_ReduceMeanSchema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceMinOp : Onnx_ReduceMinSchema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceProdOp : Onnx_ReduceProdSchema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceSumOp : Onnx_ReduceSumSchema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ReduceSumSquareOp
    : Onnx_ReduceSumSquareSchema<[Onnx_Infer<"Reduce">, Onnx_Evaluate<"Reduce">, Onnx_Rows<"Reduce">]>;
def Onnx_ArgMaxOp : Onnx_ArgMaxSchema<[Onnx_Infer<"ArgReduce">, Onnx_Evaluate<"ArgReduce">, Onnx_Rows<"ArgReduce">]>;
def Onnx_ArgMinOp : Onnx_ArgMinSchema<[Onnx_Infer<"ArgReduce">, Onnx_Evaluate<"ArgReduce">, Onnx_Rows<"ArgReduce">]>;
def Onnx_CumSumOp : Onnx_CumSumSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"CumSum">, Onnx_Rows<"Cumulate">]>;
def Onnx_CumProdOp : Onnx_CumProdSchema<[Onnx_Infer<"Same">, Onnx_Rows<"Cumulate">]>;
def Onnx_HardmaxOp : Onnx_HardmaxSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Hardmax">, Onnx_Rows<"AlongOneAxis">]>;
def Onnx_LogSoftmaxOp
    : Onnx_LogSoftmaxSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"LogSoftmax">, Onnx_Rows<"AlongOneAxis">]>;
def Onnx_SoftmaxOp : Onnx_SoftmaxSchema<[Onnx_Infer<"Same">, Onnx_Evaluate<"Softmax">, Onnx_Rows<"AlongOneAxis">]>;
def Onnx_TopKOp : Onnx_TopKSchema<[Onnx_Infer<"TopK">, Onnx_Evaluate<"TopK">, Onnx_Rows<"AlongOneAxis">]>;

#endif
