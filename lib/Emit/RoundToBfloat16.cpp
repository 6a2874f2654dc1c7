// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A function that LLVM may call and no library has: it promotes vectors of bf16 whose elements it
// inserts or shuffles, and calls __truncsfbf2 to come back. (GCC's library has it from 13 on.)
#include "lib/Emit/Optimize.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"

static bool hasBfloat16(llvm::Module &module) {
  return llvm::any_of(module, [](llvm::Function &function) {
    return llvm::any_of(llvm::instructions(function), [](llvm::Instruction &instruction) {
      return instruction.getType()->getScalarType()->isBFloatTy();
    });
  });
}

/// f32 to bf16: to the nearest, ties to even; NaN stays NaN.
void retort::defineRoundToBfloat16(llvm::Module &module) {
  if (!hasBfloat16(module) || module.getFunction("__truncsfbf2"))
    return;
  llvm::IRBuilder<> b(module.getContext());
  auto *type = llvm::FunctionType::get(b.getBFloatTy(), b.getFloatTy(), /*isVarArg=*/false);
  auto *function =
      llvm::Function::Create(type, llvm::GlobalValue::WeakAnyLinkage, "__truncsfbf2", module);
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  function->setDoesNotThrow();
  b.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "", function));
  llvm::Value *number = function->getArg(0);
  llvm::Value *bits = b.CreateBitCast(number, b.getInt32Ty());
  llvm::Value *isOdd = b.CreateAnd(b.CreateLShr(bits, 16), b.getInt32(1));
  llvm::Value *rounded = b.CreateAdd(bits, b.CreateAdd(isOdd, b.getInt32(0x7fff)));
  llvm::Value *quiet = b.CreateOr(bits, b.getInt32(0x400000));
  llvm::Value *chosen = b.CreateSelect(b.CreateFCmpUNO(number, number), quiet, rounded);
  llvm::Value *high = b.CreateTrunc(b.CreateLShr(chosen, 16), b.getInt16Ty());
  b.CreateRet(b.CreateBitCast(high, b.getBFloatTy()));
}
