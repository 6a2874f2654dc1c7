// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A training that was ended somewhere goes on to the bytes of one that was not.
#include "lib/Trainer/Checkpoint.h"
#include "test/unit/TrainerFixture.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace retort;

namespace {
class TrainingCheckpointTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("checkpoints", folder));
    options = bowlOptions();
    options.checkpoint = file();
    options.saveEvery = 4;
  }
  void TearDown() override { (void)llvm::sys::fs::remove_directories(folder); }

  std::string file() { return (folder + "/run").str(); }
  std::string content() {
    auto buffer = llvm::MemoryBuffer::getFile(file());
    return buffer ? (*buffer)->getBuffer().str() : "";
  }
  void write(llvm::StringRef bytes) {
    std::error_code code;
    llvm::raw_fd_ostream(file(), code) << bytes;
  }
  unsigned files() {
    std::error_code code;
    unsigned count = 0;
    for (llvm::sys::fs::directory_iterator it(folder, code), end; it != end && !code;
         it.increment(code))
      ++count;
    return count;
  }

  llvm::Expected<TrainingResult> run(Bowl &bowl, const std::string &model = "") {
    CountedTokens data(tokens);
    auto plan = WindowPlan::create(data, nullptr, options);
    if (!plan)
      return plan.takeError();
    return trainParameters(bowl, {*plan, options, model, {}});
  }
  TrainingResult result(Bowl &bowl) {
    auto made = run(bowl);
    if (made)
      return std::move(*made);
    ADD_FAILURE() << toString(made.takeError());
    return {};
  }
  TrainingResult straight(const std::function<void(Bowl &)> &change = [](Bowl &) {}) {
    std::string kept = std::move(options.checkpoint);
    options.checkpoint = "";
    Bowl bowl;
    change(bowl);
    TrainingResult made = result(bowl);
    options.checkpoint = kept;
    return made;
  }
  std::string errorOf(Bowl bowl = Bowl(), const std::string &model = "") {
    auto made = run(bowl, model);
    return made ? "" : toString(made.takeError());
  }
  /// In a process of its own, which `end` ends before the gradient of a call is computed.
  void
  killedRun(size_t call, void (*end)(), const std::function<void(Bowl &)> &change = [](Bowl &) {}) {
    pid_t child = fork();
    if (child == 0) {
      Bowl bowl;
      change(bowl);
      bowl.onGradient = [=](size_t now) {
        if (now == call)
          end();
      };
      auto made = run(bowl);
      if (!made)
        llvm::consumeError(made.takeError());
      _exit(made ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
  }

  llvm::SmallString<128> folder;
  TrainingOptions options;
  int64_t tokens = 500;
};

void expectSame(const TrainingResult &found, const TrainingResult &expected) {
  EXPECT_EQ(found.values, expected.values); // all bits: there is no NaN among them
  EXPECT_EQ(found.before, expected.before);
  EXPECT_EQ(found.best, expected.best);
  EXPECT_EQ(found.bestStep, expected.bestStep);
  EXPECT_EQ(found.steps, expected.steps);
  EXPECT_EQ(found.note, expected.note);
  ASSERT_EQ(found.curve.size(), expected.curve.size());
  for (size_t i = 0; i < found.curve.size(); ++i) {
    EXPECT_EQ(found.curve[i].step, expected.curve[i].step);
    EXPECT_EQ(found.curve[i].loss, expected.curve[i].loss);
    EXPECT_EQ(found.curve[i].heldOut, expected.curve[i].heldOut);
    EXPECT_EQ(found.curve[i].rate, expected.curve[i].rate);
  }
}

void killHard() { kill(getpid(), SIGKILL); }
void interrupt() { kill(getpid(), SIGINT); }
} // namespace

/// Also while the file is being written, which whoever removes temporary files on a signal would
/// remove. The first test: only the first such file of a process brings these handlers.
TEST_F(TrainingCheckpointTest, IsWrittenWheneverAUserEndsIt) {
  TrainingResult expected = straight();
  options.saveEvery = 1;
  unsigned ended = 0;
  for (unsigned attempt = 1; attempt < 100; ++attempt) {
    pid_t child = fork();
    if (child == 0) {
      Bowl bowl;
      auto made = run(bowl);
      bool isRight = made || llvm::StringRef(toString(made.takeError())).starts_with("interrupted");
      _exit(isRight ? 0 : 1);
    }
    usleep(300 + attempt % 20 * 100);
    kill(child, SIGINT);
    int status = 0;
    waitpid(child, &status, 0);
    // Before it is ready for a signal, that ends it.
    ended += WIFEXITED(status);
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << attempt;
    if (attempt % 5 == 0)
      (void)llvm::sys::fs::remove(file());
  }
  EXPECT_GT(ended, 0u);
  Bowl bowl;
  expectSame(result(bowl), expected);
  EXPECT_EQ(files(), 1u);
}

TEST_F(TrainingCheckpointTest, GoesOnToTheSameBytesWhereverItIsKilled) {
  TrainingResult expected = straight();
  for (size_t call : {1, 2, 4, 5, 6, 17, 39, 40}) {
    (void)llvm::sys::fs::remove(file());
    killedRun(call, killHard);
    Bowl bowl;
    expectSame(result(bowl), expected);
    EXPECT_EQ(bowl.calls.size(), 40 - (call - 1) / 4 * 4) << call;
    EXPECT_EQ(files(), 1u);
  }
}

/// Killed at any moment, most often while the file is being written, again and again.
TEST_F(TrainingCheckpointTest, GoesOnFromAnyMoment) {
  TrainingResult expected = straight();
  options.saveEvery = 1;
  unsigned kills = 0;
  for (unsigned seed = 1; seed < 300; ++seed) {
    pid_t child = fork();
    if (child == 0) {
      Bowl bowl;
      auto made = run(bowl);
      _exit(made ? 0 : 1);
    }
    usleep(seed % 20 * 100);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    kills += WIFSIGNALED(status);
    ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << "it could not go on";
    if (WIFEXITED(status))
      break;
  }
  EXPECT_GT(kills, 2u);
  Bowl bowl;
  expectSame(result(bowl), expected);
  EXPECT_EQ(files(), 1u);
}

TEST_F(TrainingCheckpointTest, GoesOnFromTheStepAtWhichAUserEndsIt) {
  options.saveEvery = 100;
  TrainingResult expected = straight();
  for (size_t call : {1, 7, 40}) {
    (void)llvm::sys::fs::remove(file());
    killedRun(call, interrupt);
    Bowl bowl;
    expectSame(result(bowl), expected);
    // The signal is seen before the next part is read.
    EXPECT_EQ(bowl.calls.size(), 40 - call) << call;
  }
}

TEST_F(TrainingCheckpointTest, SaysThatItWasInterrupted) {
  Bowl bowl;
  bowl.onGradient = [](size_t call) {
    if (call == 2)
      interrupt();
  };
  EXPECT_EQ(errorOf(bowl), "interrupted: '" + file() +
                               "' has what is done, and the same command goes on from there");
  // Of a call in the middle of a step, nothing is kept.
  bowl.most = 1;
  options.resume = false;
  EXPECT_NE(errorOf(bowl), "");
  Bowl rest;
  rest.most = 1;
  options.resume = true;
  result(rest);
  EXPECT_EQ(rest.calls.size(), 40u * 3);
}

/// The loss is not finite where a parameter is about `at`, which some runs step over.
TEST_F(TrainingCheckpointTest, GoesOnBehindALossThatWasNotFinite) {
  unsigned once = 0;
  for (int place = 0; place < 24; ++place) {
    float at = 3.6f - .05f * float(place);
    auto change = [at](Bowl &bowl) {
      bowl.isBad = [at](const ParameterValues &values) {
        return std::abs(values[0][0] - at) < .01f;
      };
    };
    TrainingResult expected = straight(change);
    once += expected.note.empty() && expected.curve.back().rate < .75 * .2 * .02;
    for (size_t call : {8, 14, 22}) {
      (void)llvm::sys::fs::remove(file());
      killedRun(call, killHard, change);
      Bowl bowl;
      change(bowl);
      expectSame(result(bowl), expected);
    }
  }
  EXPECT_GT(once, 0u);
}

TEST_F(TrainingCheckpointTest, OfAFinishedRunHasItsResult) {
  Bowl first, second;
  TrainingResult expected = result(first);
  std::string before = content();
  expectSame(result(second), expected);
  EXPECT_TRUE(second.calls.empty());
  EXPECT_EQ(second.losses, 0u);
}

TEST_F(TrainingCheckpointTest, EndsLaterWithMoreTime) {
  TrainingResult expected = straight();
  options.timeLimit = 1e-9;
  Bowl first, second;
  TrainingResult ended = result(first);
  EXPECT_LT(ended.steps, 40);
  options.timeLimit = 1000;
  expectSame(result(second), expected);
}

TEST_F(TrainingCheckpointTest, OfAnotherTrainingSaysWhatDiffers) {
  Bowl bowl;
  result(bowl);
  std::string head = "'" + file() + "' is the checkpoint of another training: ",
              tail = "; resume=false begins anew", before = content();
  TrainingOptions same = options;
  options.steps = 50;
  options.loss = "ce";
  options.learningRate = .1;
  EXPECT_EQ(errorOf(), head +
                           "evaluate-every is 6, in the file it is 5; learning-rate is 0.1, in "
                           "the file it is 0.2; loss is ce, in the file it is forward-kl; and 1 "
                           "more" +
                           tail);
  options = same;
  Bowl other;
  other.list[0].start[0] = 3;
  EXPECT_TRUE(llvm::StringRef(errorOf(other)).starts_with(head + "parameters is "));
  EXPECT_EQ(errorOf(Bowl(), "b"), head + "model is b, in the file it is " + tail);
  tokens = 501;
  EXPECT_EQ(errorOf(), head +
                           "data is 501,0, in the file it is 500,0; trained tokens is 476, in "
                           "the file it is 475" +
                           tail);
  tokens = 500;
  EXPECT_EQ(content(), before);
  // What ends a run and what is kept of it may be another one.
  options.patience = 100, options.saveEvery = 7;
  EXPECT_EQ(errorOf(), "");
}

TEST_F(TrainingCheckpointTest, IsNotReadWhereItIsDamaged) {
  Bowl bowl;
  TrainingResult expected = result(bowl);
  std::string whole = content();
  size_t numbers = 4 * 5 * sizeof(float);
  std::string head = "'" + file() + "' is a damaged checkpoint: ",
              tail = "; resume=false begins anew";
  write(whole.substr(0, whole.size() - 1));
  EXPECT_EQ(errorOf(), head + "expects 80 bytes of numbers, found 79" + tail);
  write(whole + "x");
  EXPECT_EQ(errorOf(), head + "expects 80 bytes of numbers, found 81" + tail);
  write(whole.substr(0, 200));
  EXPECT_EQ(errorOf(), head + "its head is cut off or changed" + tail);
  write(whole.substr(0, 12));
  EXPECT_EQ(errorOf(), head + "its head is cut off or changed" + tail);
  std::string changed = whole;
  changed[changed.size() - numbers / 2] ^= 1;
  write(changed);
  EXPECT_EQ(errorOf(), head + "its numbers were changed" + tail);
  changed = whole;
  changed[100] ^= 1;
  write(changed);
  EXPECT_EQ(errorOf(), head + "its head is cut off or changed" + tail);
  changed = whole;
  changed[7] = '2';
  write(changed);
  EXPECT_EQ(errorOf(), "'" + file() + "' is a checkpoint of version 2: expects version 1");
  options.resume = false;
  Bowl anew;
  expectSame(result(anew), expected);
  EXPECT_EQ(anew.calls.size(), 40u);
}

TEST_F(TrainingCheckpointTest, ReplacesNoOtherFile) {
  write("something else");
  EXPECT_EQ(errorOf(), "'" + file() + "' is no checkpoint of a training");
  options.resume = false;
  EXPECT_EQ(errorOf(), "'" + file() + "' is no checkpoint of a training: it is not replaced");
  EXPECT_EQ(content(), "something else");
}

TEST_F(TrainingCheckpointTest, SaysBeforeTheFirstStepThatItCannotBeWritten) {
  options.checkpoint = (folder + "/none/run").str();
  Bowl bowl;
  auto made = run(bowl);
  ASSERT_FALSE(bool(made));
  std::string error = toString(made.takeError());
  EXPECT_TRUE(llvm::StringRef(error).starts_with("cannot write '" + options.checkpoint + "': "))
      << error;
  EXPECT_TRUE(bowl.calls.empty());
}

/// Reading it would not end.
TEST_F(TrainingCheckpointTest, ReadsNoDevice) {
  options.checkpoint = "/dev/zero";
  EXPECT_EQ(errorOf(), "'/dev/zero' is no checkpoint of a training: expects a file");
}

/// As on a full disk: no file may grow beyond some bytes.
TEST_F(TrainingCheckpointTest, StaysWhereTheDiskIsFull) {
  killedRun(7, killHard);
  std::string before = content();
  ASSERT_FALSE(before.empty());
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    rlimit most{500, 500};
    setrlimit(RLIMIT_FSIZE, &most);
    std::string error = errorOf();
    _exit(llvm::StringRef(error).starts_with("cannot write '" + file() + "'") ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(content(), before);
  EXPECT_EQ(files(), 1u);
}
