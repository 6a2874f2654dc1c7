// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files of a command: what it reads is never replaced by what it writes.
#ifndef RETORT_LIB_SUPPORT_FILEPLAN_H
#define RETORT_LIB_SUPPORT_FILEPLAN_H

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace retort {

/// Which file a path names, whatever its spelling: device and inode, behind links; of a file that is
/// not there, those of its folder, and its name.
struct FileIdentity {
  uint64_t device = 0, inode = 0;
  std::string name;

  static FileIdentity of(llvm::StringRef path);
  bool operator==(const FileIdentity &other) const {
    return device == other.device && inode == other.inode && name == other.name;
  }
};

/// Collects paths, then says before any work what cannot go well. `-` and devices are no files.
class FilePlan {
public:
  /// `what` completes "it is ...": `the model`, `data of the model`.
  void read(llvm::StringRef path, llvm::StringRef what);
  /// The files of a folder, but those whose name begins with `except`.
  void readFolder(llvm::StringRef folder, llvm::StringRef what, llvm::StringRef except = "");
  /// `flag` is what asked for the file.
  void write(llvm::StringRef path, llvm::StringRef flag);
  /// Files PREFIX...SUFFIX of a folder, which is made where it is not there.
  void writeInto(llvm::StringRef folder, llvm::StringRef prefix, llvm::StringRef suffix,
                 llvm::StringRef flag);
  /// This output may replace this input: it appears complete, in one step.
  void mayReplace(llvm::StringRef output, llvm::StringRef input);
  /// About how many bytes the file will have, at least.
  void expectBytes(llvm::StringRef path, uint64_t bytes);

  bool writesNothing() const { return outputs.empty(); }
  /// 1. No output is a file that is read, or another output.
  /// 2. The folders are there and take files.
  /// 3. The disk has room.
  llvm::Error check() const;

private:
  struct Input {
    FileIdentity file;
    std::string path, what;
  };
  struct Output {
    FileIdentity file; // of files in a folder: that of the folder
    std::string path, flag;
    std::string prefix, suffix; // where it stands for files in a folder
    bool isFolder = false;
    uint64_t bytes = 0;

    /// Whether writing it would write that file.
    bool covers(const FileIdentity &identity, llvm::StringRef itsPath) const;
  };
  llvm::Error checkApart(const Output &output) const;

  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<std::pair<std::string, FileIdentity>> replaceable;
};

} // namespace retort

#endif
