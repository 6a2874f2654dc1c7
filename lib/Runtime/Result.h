// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A value, or a message that says why there is none: the runtime's interface is used by code
// without exceptions.
#ifndef RETORT_LIB_RUNTIME_RESULT_H
#define RETORT_LIB_RUNTIME_RESULT_H

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace retort::runtime {

struct Error {
  std::string message;
};

template <typename T> class Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() { return *std::get_if<0>(&state); }
  const T &operator*() const { return *std::get_if<0>(&state); }
  T *operator->() { return std::get_if<0>(&state); }
  const T *operator->() const { return std::get_if<0>(&state); }
  /// Only where there is no value.
  const std::string &error() const { return std::get_if<1>(&state)->message; }

private:
  std::variant<T, Error> state;
};

struct Done {};
/// What an action without a value returns.
using Status = Result<Done>;

/// Inside the runtime a problem is thrown; its text is the message of the Result.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

#if defined(__cpp_exceptions)
/// Runs `action` and turns what it throws into an error.
template <typename T, typename Action> Result<T> catching(Action &&action) {
  try {
    return Result<T>(action());
  } catch (const std::bad_alloc &) {
    return Error{"not enough memory"};
  } catch (const std::exception &problem) {
    return Error{problem.what()};
  }
}
#endif

} // namespace retort::runtime

#endif
