// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The runtime of compiled models, for C and whatever calls C. Link with -lRetortRuntime; it needs
// neither MLIR nor LLVM.
//
//   retort_model *model = retort_model_load("stories.so");        // stories.weights lies beside it
//   retort_session *session = retort_session_start(model);
//   const float *logits;
//   int64_t vocabulary;
//   if (retort_session_step(session, tokens, count, &logits, &vocabulary))
//     fprintf(stderr, "%s\n", retort_last_error());
//   else
//     ... logits[(count - 1) * vocabulary + id] scores `id` as the next token ...
//
// Functions that return a pointer return NULL on an error, those that return int 0 on success;
// retort_last_error() says why. NULL where a pointer is expected, shapes that no tensor has, indices
// and tokens out of range are such errors. What cannot be checked are the pointers themselves: that
// they are alive, and that `data` holds what type and shape say. A model may be used by several
// threads at once, a session by one at a time.
#ifndef RETORT_RUNTIME_H
#define RETORT_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The message of the last error in this thread; valid until the next call.
const char *retort_last_error(void);

//===-- Models --===//

typedef struct retort_model retort_model;

/// Loads what `retort compile --emit=so` wrote: `path` is the shared library, the file of its
/// weights lies beside it and is mapped. NULL where one of them is missing or broken, or where this
/// processor lacks what the model was compiled for.
retort_model *retort_model_load(const char *path);
/// NULL is allowed. Sessions of the model must be freed before.
void retort_model_free(retort_model *model);

/// The most tokens that a session holds; 0 where the model does not say.
int64_t retort_model_context(const retort_model *model);
/// The number of token ids, which are 0 to this - 1; 0 where the model does not say.
int64_t retort_model_vocabulary(const retort_model *model);
/// The id of the token that begins a text; -1 where the model does not say.
int64_t retort_model_bos(const retort_model *model);
/// Whether `token` ends a text.
int retort_model_is_eos(const retort_model *model, int64_t token);

//===-- Functions on tensors --===//

/// `type` is the number of ONNX's TensorProto.DataType (1: float, 7: int64, 9: bool of one byte
/// ...). Elements lie in row-major order.
typedef struct {
  int type;
  int64_t rank;
  const int64_t *shape;
  void *data;
} retort_tensor;

typedef struct retort_results retort_results;

/// Number and names of a function's inputs and outputs, in the order of the ONNX graph; -1 or NULL
/// where there is no such function or index.
int64_t retort_input_count(retort_model *model, const char *function);
int64_t retort_output_count(retort_model *model, const char *function);
const char *retort_input_name(retort_model *model, const char *function, int64_t index);
const char *retort_output_name(retort_model *model, const char *function, int64_t index);
/// Whether a call may leave the input out: 1 or 0.
int retort_input_has_default(retort_model *model, const char *function, int64_t index);

/// Calls `function` ("main" is the graph as it was). Inputs are read in place and must match in
/// number, type and shape. One of type 0 is not given: its default is taken.
retort_results *retort_call(retort_model *model, const char *function, const retort_tensor *inputs,
                            size_t count);
/// Output `index`; valid until the results are freed. Of type 0 and without data where there is
/// none.
retort_tensor retort_result(const retort_results *results, size_t index);
void retort_results_free(retort_results *results);

//===-- Sessions: a text that grows --===//

typedef struct retort_session retort_session;

/// An error where the model has no decode step.
retort_session *retort_session_start(retort_model *model);
/// Reads `count` (1 or more) tokens that follow those before. `logits` receives count rows of
/// `vocabulary` floats, valid until the next step. An error where the context is full, or an id is
/// negative or not below `vocabulary`; the session stays as it was.
int retort_session_step(retort_session *session, const int64_t *tokens, size_t count,
                        const float **logits, int64_t *vocabulary);
/// Another session that has read the same tokens; both go on by themselves. What one prompt has
/// left can be continued in several ways.
retort_session *retort_session_fork(const retort_session *session);
/// Writes what the session has read to a file, which appears when it is complete: keys, values and
/// the states of recurrences, as they are.
int retort_session_save(const retort_session *session, const char *path);
/// Goes on behind what a session of the same model has read, in this process or another. An error
/// where the file is of another model, or is damaged; the session stays as it was.
int retort_session_restore(retort_session *session, const char *path);
/// Tokens read so far; -1 on an error.
int64_t retort_session_position(const retort_session *session);
/// Forgets all tokens: the next step begins a text.
void retort_session_reset(retort_session *session);
void retort_session_free(retort_session *session);

//===-- Threads --===//

/// Threads that models use, the calling one included, 1,024 at most; 0: one for each core. An error
/// where so many do not start; there are as many as before then. Not while a model runs.
int retort_set_threads(unsigned threads);
/// How many there are now.
int64_t retort_threads(void);

//===-- What compiled code calls --===//

/// Leaves the model with an error: returns to the runtime that called it, never to the caller.
/// Where code was called without the runtime, prints the message and aborts.
void retort_fail(const char *message) __attribute__((noreturn));

/// Calls `body` once for each part, 0 <= part < parts, and returns when all are through. Whichever
/// thread of the pool is free takes the next part.
void retort_parallel(void (*body)(void *context, int64_t part, int64_t parts), void *context);

/// Whether this process may use the processor's tiles (AMX): 1, or 0 where there are none, the
/// system does not grant them, or the environment variable RETORT_TILES is 0. The system is asked
/// once, when the first model that has them is loaded; what it grants holds for all threads.
int32_t retort_permits_tiles(void);

#ifdef __cplusplus
}
#endif

#endif
