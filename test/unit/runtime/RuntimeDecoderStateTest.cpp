// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a text has left in a model: copies, and files.
#include "lib/Runtime/Decoder.h"
#include "retort/Runtime.h"
#include "test/unit/runtime/RuntimeModelFixture.h"

using namespace retort::runtime;

namespace {
/// The counting model, whose logits say how often each id was read.
class RuntimeDecoderState : public RuntimeModel {
protected:
  void SetUp() override {
    RuntimeModel::SetUp();
    auto loaded = Model::load(library());
    ASSERT_TRUE(bool(loaded)) << loaded.error();
    model = std::move(*loaded);
    path = folder / "text.state";
  }
  static std::vector<float> read(Session &session, const std::vector<int64_t> &tokens) {
    auto logits = session.step(tokens, 1);
    EXPECT_TRUE(bool(logits)) << logits.error();
    return logits->floats(logits->count() - 4, 4);
  }
  std::unique_ptr<Session> start(const std::vector<int64_t> &tokens) {
    auto session = model->startSession();
    EXPECT_TRUE(bool(session));
    if (!tokens.empty())
      read(**session, tokens);
    return std::move(*session);
  }
  std::string content() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Of a file with other bytes.
  std::string errorOf(const std::string &bytes) const {
    std::ofstream(path, std::ios::binary) << bytes;
    auto state = readState(path);
    return state ? "" : state.error().substr(path.size() + 3);
  }

  std::unique_ptr<Model> model;
  std::string path;
};
} // namespace

TEST_F(RuntimeDecoderState, ForksGoOnByThemselves) {
  auto session = start({3, 3, 1});
  auto fork = session->fork();
  ASSERT_TRUE(bool(fork)) << fork.error();
  EXPECT_EQ((*fork)->position(), 3);
  std::vector<float> own = read(*session, {3}), other = read(**fork, {0});
  EXPECT_EQ(read(*start({3, 3, 1}), {3}), own);
  EXPECT_EQ(read(*start({3, 3, 1}), {0}), other);
  EXPECT_NE(own, other);
}

TEST_F(RuntimeDecoderState, GoOnFromAFile) {
  auto session = start({3, 3, 1});
  ASSERT_TRUE(bool(writeState(path, session->state())));
  std::vector<float> wanted = read(*session, {3});
  auto state = readState(path);
  ASSERT_TRUE(bool(state)) << state.error();
  EXPECT_EQ(state->tokens, (std::vector<int64_t>{3, 3, 1}));
  // What was read before does not count.
  auto again = start({2, 2});
  ASSERT_TRUE(bool(again->restore(*state)));
  EXPECT_EQ(again->position(), 3);
  EXPECT_EQ(read(*again, {3}), wanted);
  again->reset();
  EXPECT_EQ(read(*again, {1}), read(*start({}), {1}));
}

TEST_F(RuntimeDecoderState, RefusesWhatIsNone) {
  auto session = start({3, 1});
  ASSERT_TRUE(bool(writeState(path, session->state())));
  std::string bytes = content(), damaged = bytes;
  EXPECT_EQ(errorOf(bytes), "");
  damaged[bytes.size() - 20] ^= 1;
  EXPECT_EQ(errorOf(damaged), "is damaged");
  EXPECT_EQ(errorOf(bytes + "x"), "is damaged");
  EXPECT_EQ(errorOf(bytes.substr(0, bytes.size() - 9)), "is cut off");
  EXPECT_EQ(errorOf("no state at all, but a text"), "is no state of a model");
  EXPECT_EQ(errorOf(""), "is no state of a model");
  std::string newer = bytes;
  newer[8] = 2;
  EXPECT_EQ(errorOf(newer), "expects version 1 of states, found 2");
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_NE(errorOf(bytes.substr(0, length)), "") << length;
  EXPECT_EQ(readState(folder / "none").error(),
            "cannot read '" + std::string(folder / "none") + "': No such file or directory");
  EXPECT_EQ(writeState(folder / "no" / "folder", session->state()).error(),
            "cannot write '" + std::string(folder / "no" / "folder") +
                "': No such file or directory");
  EXPECT_FALSE(std::filesystem::exists(folder / "no"));
}

/// Sizes and types that no file of ours has.
TEST_F(RuntimeDecoderState, RefusesTensorsThatAreNone) {
  auto withTensor = [&](std::vector<int64_t> numbers) {
    std::vector<int64_t> all{1, 0, 0, 1};
    all.insert(all.end(), numbers.begin(), numbers.end());
    std::string bytes("RSTATE\0\0", 8);
    bytes.append(reinterpret_cast<const char *>(all.data()), all.size() * 8);
    return errorOf(bytes);
  };
  EXPECT_EQ(withTensor({999, 0, 0}), "has a tensor of a type that is not known (999)");
  EXPECT_EQ(withTensor({1, 1, -2, 0}), "has a tensor of a negative size");
  EXPECT_EQ(withTensor({1, 1, 2, 1, 7}), "has a page behind the end of its tensor");
  EXPECT_EQ(withTensor({1, 1 << 20, 0}), "is cut off");
  EXPECT_NE(withTensor({1, 2, int64_t(1) << 40, int64_t(1) << 40, 0}), "");
}

TEST_F(RuntimeDecoderState, RefusesThoseOfOtherModels) {
  auto session = start({3, 1});
  DecoderState state = session->state();
  state.tokens.assign(7, 1);
  EXPECT_EQ(session->restore(state).error(),
            "the context holds 6 tokens: 0 are there, 7 more do not fit");
  state = session->state();
  state.states.front() = matrix(1, 0);
  EXPECT_EQ(session->restore(state).error(),
            "the state is of a model with other states, or compiled for another context");
  EXPECT_TRUE(bool(expectStateOf({"a", {}, {}}, "", {})));
  EXPECT_TRUE(bool(expectStateOf({"a", {}, {}}, "a", {})));
  EXPECT_EQ(expectStateOf({"a", {}, {}}, "b", {}).error(), "the state is of another model");
  EXPECT_EQ(session->position(), 2);
}

TEST_F(RuntimeDecoderState, AreServedToC) {
  retort_model *loaded = retort_model_load(library().c_str());
  retort_session *one = retort_session_start(loaded);
  const int64_t tokens[] = {3, 3};
  const float *logits;
  int64_t vocabulary;
  ASSERT_EQ(retort_session_step(one, tokens, 2, &logits, &vocabulary), 0);
  retort_session *two = retort_session_fork(one), *three = retort_session_start(loaded);
  ASSERT_TRUE(two) << retort_last_error();
  EXPECT_EQ(retort_session_position(two), 2);
  ASSERT_EQ(retort_session_save(two, path.c_str()), 0) << retort_last_error();
  ASSERT_EQ(retort_session_restore(three, path.c_str()), 0) << retort_last_error();
  EXPECT_EQ(retort_session_position(three), 2);
  EXPECT_NE(retort_session_save(nullptr, path.c_str()), 0);
  EXPECT_NE(retort_session_save(one, nullptr), 0);
  EXPECT_NE(retort_session_restore(one, "/no/such.state"), 0);
  EXPECT_NE(std::string(retort_last_error()).find("/no/such.state"), std::string::npos);
  EXPECT_EQ(retort_session_fork(nullptr), nullptr);
  for (retort_session *each : {one, two, three})
    retort_session_free(each);
  retort_model_free(loaded);
}
