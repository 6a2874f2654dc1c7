// RUN: retort-opt %s --detach-linalg --verify-diagnostics

// The name of bytes that nobody brought.
module attributes {retort.weights = [dense_resource<absent> : tensor<2x300xf32>]} {
  // expected-error@+1 {{weight 0 holds no data of its type}}
  func.func @main(%x: tensor<2x300xf32>, %w: tensor<2x300xf32> {retort.weight = 0 : i64}) -> tensor<2x300xf32> {
    %y = arith.addf %x, %w : tensor<2x300xf32>
    return %y : tensor<2x300xf32>
  }
}
