// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `retort bench` says of the machine, and of where a model's time goes.
#include "tools/retort/BenchReport.h"

#include "lib/Text/Probe.h"
#include "tools/retort/JsonNumber.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retort;
using text::KernelSum;
using text::WatchedCalls;

// Larger than any cache that a core of a laptop or a server reads from.
static constexpr size_t bytesRead = size_t(192) << 20;

MachineProbes MachineProbes::measure() {
  std::vector<char> memory(bytesRead, 1);
  return {probeMultiplyAdd(), probeRead(memory.data(), memory.size()), probeDotProduct(),
          probeTileProduct()};
}

/// 10^9 a second.
static double rate(double count, double seconds) {
  return seconds > 0 ? 1e-9 * count / seconds : 0;
}

static void printSums(raw_ostream &stream, ArrayRef<KernelSum> sums, double all, double calls,
                      double multiplyAdd, double read) {
  stream << formatv("  {0,-34} {1,7} {2,9} {3,6} {4,9} {5,7} {6,8} {7,8}\n", "", "calls", "ms",
                    "share", "GFLOP/s", "of FMA", "GB/s", "of read");
  for (const KernelSum &sum : sums) {
    double flops = rate(sum.operations, sum.seconds), bytes = rate(sum.bytes, sum.seconds);
    stream << formatv("  {0,-34} {1,7:F0} {2,9:F3} {3,6:P0}", sum.name, double(sum.calls) / calls,
                      1e3 * sum.seconds / calls, all > 0 ? sum.seconds / all : 0);
    if (sum.operations > 0 || sum.bytes > 0) // not told of what sees a part of a cache
      stream << formatv(" {0,9:F1} {1,7:P0} {2,8:F1} {3,8:P0}", flops, flops / multiplyAdd, bytes,
                        bytes / read);
    stream << "\n";
  }
}

static void printCalls(raw_ostream &stream, const BenchReport &report, const WatchedCalls &calls,
                       const Twine &title) {
  double all = calls.seconds(), count = double(calls.begins.size());
  double multiplyAdd = report.machine.multiplyAdd * report.threads,
         read = report.machine.read * report.threads;
  stream << "\n" << title << formatv(": {0:F3} ms while watched\n", 1e3 * all / count);
  printSums(stream, text::sumByKind(calls, report.watched->places), all, count, multiplyAdd, read);
  std::vector<KernelSum> blocks = text::sumByBlock(calls);
  for (KernelSum &block : blocks)
    block.name = block.name == "outside" ? "outside of blocks" : "block " + block.name;
  if (blocks.size() > 1)
    printSums(stream, blocks, all, count, multiplyAdd, read);
}

void BenchReport::print(raw_ostream &stream) const {
  stream << "threads " << threads << "\nprefill " << format("%.1f", speed.prefill)
         << " tokens/s\ndecode  " << format("%.1f", speed.decode) << " tokens/s\n";
  stream << formatv("machine, each core: {0:F1} GFLOP/s of f32 multiply-adds, {1:F1} GB/s read",
                    machine.multiplyAdd, machine.read);
  if (machine.dotProduct)
    stream << formatv(", {0:F0} Gop/s of int8 dot products", *machine.dotProduct);
  if (machine.tileProduct)
    stream << formatv(", {0:F0} GFLOP/s of bf16 tiles", *machine.tileProduct);
  stream << "\n";
  if (!watched)
    return;
  printCalls(stream, *this, watched->prefill, "prefill, " + Twine(prompt) + " tokens");
  printCalls(stream, *this, watched->decode, "decode, a token");
}

static void writeSums(json::OStream &json, StringRef key, ArrayRef<KernelSum> sums, double calls,
                      double multiplyAdd, double read) {
  json.attributeArray(key, [&] {
    for (const KernelSum &sum : sums)
      json.object([&] {
        double flops = rate(sum.operations, sum.seconds), bytes = rate(sum.bytes, sum.seconds);
        json.attribute("name", sum.name);
        json.attribute("calls", jsonNumber(double(sum.calls) / calls));
        json.attribute("seconds", jsonNumber(sum.seconds / calls));
        json.attribute("gflops", jsonNumber(flops));
        json.attribute("share_of_multiply_add", jsonNumber(flops / multiplyAdd));
        json.attribute("gb_per_second", jsonNumber(bytes));
        json.attribute("share_of_read", jsonNumber(bytes / read));
      });
  });
}

static void writeCalls(json::OStream &json, StringRef key, const BenchReport &report,
                       const WatchedCalls &calls) {
  double count = double(calls.begins.size()),
         multiplyAdd = report.machine.multiplyAdd * report.threads,
         read = report.machine.read * report.threads;
  json.attributeObject(key, [&] {
    json.attribute("seconds", jsonNumber(calls.seconds() / count));
    writeSums(json, "kinds", text::sumByKind(calls, report.watched->places), count, multiplyAdd,
              read);
    writeSums(json, "blocks", text::sumByBlock(calls), count, multiplyAdd, read);
  });
}

void BenchReport::printJson(raw_ostream &stream) const {
  json::OStream json(stream);
  json.object([&] {
    json.attribute("threads", int64_t(threads));
    json.attribute("prefill_tokens_per_second", jsonNumber(speed.prefill));
    json.attribute("decode_tokens_per_second", jsonNumber(speed.decode));
    json.attributeObject("machine", [&] {
      json.attribute("multiply_add_gflops", jsonNumber(machine.multiplyAdd));
      json.attribute("read_gb_per_second", jsonNumber(machine.read));
      if (machine.dotProduct)
        json.attribute("dot_product_gops", jsonNumber(*machine.dotProduct));
      if (machine.tileProduct)
        json.attribute("tile_product_gflops", jsonNumber(*machine.tileProduct));
    });
    if (!watched)
      return;
    writeCalls(json, "prefill", *this, watched->prefill);
    writeCalls(json, "decode", *this, watched->decode);
  });
  stream << "\n";
}

static json::Object event(std::string name, std::string kind, double begin, double end) {
  return json::Object{{"name", std::move(name)},
                      {"cat", std::move(kind)},
                      {"ph", "X"},
                      {"ts", 1e6 * begin},
                      {"dur", 1e6 * (end - begin)},
                      {"pid", 1},
                      {"tid", 1}};
}

static void writeEvents(json::OStream &json, const text::WatchedModel &watched,
                        const WatchedCalls &calls, StringRef name) {
  for (auto [begin, end] : zip(calls.begins, calls.ends))
    json.value(event(name.str(), "call", begin, end));
  for (const runtime::KernelTime &time : calls.kernels) {
    const runtime::KernelPlace &place = watched.places[size_t(time.place)];
    json::Object each = event(place.kernel, text::kindOfKernel(place), time.begin, time.end);
    double seconds = time.end - time.begin;
    json::Object facts{{"node", place.node},
                       {"gflops", rate(double(time.operations), seconds)},
                       {"gb_per_second", rate(double(time.bytes), seconds)}};
    if (time.round >= 0)
      facts["block"] = time.round;
    each["args"] = std::move(facts);
    json.value(std::move(each));
  }
}

void BenchReport::printTrace(raw_ostream &stream) const {
  json::OStream json(stream);
  json.object([&] {
    json.attribute("displayTimeUnit", "ns");
    json.attributeArray("traceEvents", [&] {
      if (!watched)
        return;
      writeEvents(json, *watched, watched->prefill, "prompt");
      writeEvents(json, *watched, watched->decode, "token");
    });
  });
  stream << "\n";
}
