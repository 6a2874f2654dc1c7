// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a sample of text showed about the inputs of a model's weights: the file that `retort
// calibrate` writes, and methods read.
//
// Layout, little-endian: the magic "RETORTC1"; the length of the JSON text (u64); that text; from
// the next multiple of 64 bytes on the numbers, at the offsets that the text gives. README.md
// describes the text.
#ifndef RETORT_LIB_STATISTICS_STATISTICS_H
#define RETORT_LIB_STATISTICS_STATISTICS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>
#include <vector>

namespace retort {

/// Which sums are kept of a sample.
enum class KeptSums {
  Moments,
  Gram,
  TwoSided, ///< the Gram, and OutputStatistics of each weight
};

/// Sums over n rows x of K inputs.
struct Moments {
  int64_t rows = 0;
  llvm::ArrayRef<float> sum, sumOfMagnitudes, sumOfSquares, largest; // K each
  /// The lower triangle of the sum of x x', row by row: K (K + 1) / 2; empty where it was not kept.
  llvm::ArrayRef<float> gram;
  /// What 99, 99.9 and 99.99 % of all magnitudes do not exceed; empty where nobody counted.
  std::vector<double> percentiles;
  /// The least and the largest number of each input, with their signs; empty in files of before.
  llvm::ArrayRef<float> least, most;
};

/// What the model loses where one matrix alone is rounded to so many bits.
struct Sensitivity {
  int64_t bits;
  double error; ///< tr(E H E') of the rows that were held back, E the change of the matrix
  double kl;    ///< KL(model || changed model) in nats a token
  /// tr(G E A E') of the same rows; 0 where gradients are not known.
  double twoSided = 0;
};

/// Sums over n rows g: the gradient of the loss of a token that is drawn from what the model itself
/// says comes next, with respect to the outputs y = W x of one weight. With G = mean of g g' and A
/// = sum of |g|^2 x x' / sum of |g|^2 a change E of the weight costs tr(G E A E') / 2 nats a token
/// in KL, as long as it is small: the Fisher information, in the form of K-FAC (arXiv:1503.05671).
struct OutputMoments {
  int64_t rows = 0;
  /// The lower triangle of the sum of g g', row by row: N (N + 1) / 2.
  llvm::ArrayRef<float> gram;
  /// The lower triangle of the sum of |g|^2 x x': K (K + 1) / 2; empty where several activations
  /// feed the weight: then the Gram of the record stands in for it.
  llvm::ArrayRef<float> weightedInputs;
  double squares = 0; ///< the sum of |g|^2 of the outputs that the sample saw
};

struct OutputStatistics {
  int64_t outputs = 0; ///< N; 0: nothing is known of this weight
  OutputMoments fitted, held;

  const OutputMoments &heldOrFitted() const { return held.rows > 0 ? held : fitted; }
};

/// What is known of one input: of the weights that products multiply it with.
struct StatisticsRecord {
  std::vector<std::string> weights;
  int64_t inputs = 0; ///< K
  /// Of the windows that methods fit to, and of the last eighth, by which they check themselves.
  Moments fitted, held;
  /// Of each weight, the least error first; none where nothing was measured.
  std::vector<std::vector<Sensitivity>> sensitivities;
  /// Of each weight; none where no gradients were taken.
  std::vector<OutputStatistics> outputs = {};

  /// Null where nothing is known.
  const OutputStatistics *outputsOf(llvm::StringRef weight) const;
  /// By what a method checks itself: all rows where the sample was too short to hold some back.
  const Moments &heldOrFitted() const { return held.rows > 0 ? held : fitted; }
  bool hasGram() const { return !fitted.gram.empty(); }
};

/// The share of the mean diagonal that methods add to the second moments where nobody says which:
/// .01; .1 where the sample has fewer than 3 rows for each input, and more, up to 1, where it has
/// fewer rows than inputs, of which it says little: .1 inputs / rows.
double usualDamping(const StatisticsRecord &record);

/// How alike the rows of the residual stream are before and behind `count` segments from `first` on
/// (see residualSegments): the mean of their cosines.
struct StreamCosine {
  int64_t first = 0, count = 1;
  int64_t rows = 0;
  double cosine = 0;

  /// The block influence of ShortGPT (arXiv:2403.03853).
  double influence() const { return 1 - cosine; }
};

/// A sample that was read, and the model that read it.
struct StatisticsSource {
  std::string model; ///< see contentHash
  int64_t windows = 0, context = 0;
  std::vector<int64_t> tokens;    ///< windows x context
  int64_t sensitivityWindows = 0; ///< that sensitivities were measured on; 0: there are none
  std::vector<StreamCosine> segments = {}; ///< none where the model has no residual stream
};

class Statistics {
public:
  /// Maps the file. The error says what is wrong with it.
  static llvm::Expected<std::shared_ptr<const Statistics>> open(llvm::StringRef path);

  const StatisticsSource &source() const { return facts; }
  llvm::ArrayRef<StatisticsRecord> records() const { return all; }
  /// Null where the sample says nothing about the weight.
  const StatisticsRecord *find(llvm::StringRef weight) const;
  /// Null where nothing was measured.
  const StreamCosine *findSegments(int64_t first, int64_t count) const;
  /// Empty where nothing was measured.
  llvm::ArrayRef<Sensitivity> sensitivitiesOf(llvm::StringRef weight) const;
  /// Tells the file from others, by all that is in it.
  std::string hash() const;

private:
  llvm::Error read(llvm::StringRef content);

  std::unique_ptr<llvm::MemoryBuffer> file;
  StatisticsSource facts;
  std::vector<StatisticsRecord> all;
  llvm::StringMap<size_t> places;
};

/// Writes the file.
llvm::Error writeStatistics(const StatisticsSource &source,
                            llvm::ArrayRef<StatisticsRecord> records, llvm::raw_ostream &stream);

} // namespace retort

#endif
