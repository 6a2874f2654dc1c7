// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The files of a command: what it reads is never replaced by what it writes.
#include "lib/Support/FilePlan.h"
#include "lib/Support/OutputFolder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <map>
#include <sys/stat.h>

using namespace llvm;
using namespace retort;

/// Standard output and devices take what they are given.
static bool isStream(StringRef path) {
  struct stat facts;
  return path == "-" || (stat(path.str().c_str(), &facts) == 0 && !S_ISREG(facts.st_mode) &&
                         !S_ISDIR(facts.st_mode));
}

FileIdentity FileIdentity::of(StringRef path) {
  struct stat facts;
  if (stat(path.str().c_str(), &facts) == 0)
    return {facts.st_dev, facts.st_ino, ""};
  StringRef folder = sys::path::parent_path(path);
  if (stat(folder.empty() ? "." : folder.str().c_str(), &facts) == 0)
    return {facts.st_dev, facts.st_ino, sys::path::filename(path).str()};
  SmallString<256> absolute(path);
  (void)sys::fs::make_absolute(absolute);
  sys::path::remove_dots(absolute, /*remove_dot_dot=*/true);
  return {0, 0, std::string(absolute)};
}

void FilePlan::read(StringRef path, StringRef what) {
  if (!path.empty() && !isStream(path))
    inputs.push_back({FileIdentity::of(path), path.str(), what.str()});
}

void FilePlan::readFolder(StringRef folder, StringRef what, StringRef except) {
  std::error_code code;
  for (sys::fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code))
    if (except.empty() || !sys::path::filename(it->path()).starts_with(except))
      read(it->path(), what);
}

void FilePlan::write(StringRef path, StringRef flag) {
  if (path.empty() || isStream(path))
    return;
  Output output;
  output.file = FileIdentity::of(path);
  output.path = path.str();
  output.flag = flag.str();
  outputs.push_back(std::move(output));
}

void FilePlan::writeInto(StringRef folder, StringRef prefix, StringRef suffix, StringRef flag) {
  if (folder.empty())
    return;
  Output output;
  output.file = FileIdentity::of(folder);
  output.path = folder.str();
  output.flag = flag.str();
  output.prefix = prefix.str();
  output.suffix = suffix.str();
  output.isFolder = true;
  outputs.push_back(std::move(output));
}

void FilePlan::mayReplace(StringRef output, StringRef input) {
  replaceable.emplace_back(output.str(), FileIdentity::of(input));
}

void FilePlan::expectBytes(StringRef path, uint64_t bytes) {
  for (Output &output : outputs)
    if (output.path == path)
      output.bytes += bytes;
}

bool FilePlan::Output::covers(const FileIdentity &identity, StringRef itsPath) const {
  if (!isFolder)
    return file == identity;
  auto fits = [&](StringRef name) { return name.starts_with(prefix) && name.ends_with(suffix); };
  StringRef parent = sys::path::parent_path(itsPath);
  if (fits(sys::path::filename(itsPath)) &&
      FileIdentity::of(parent.empty() ? "." : parent) == file)
    return true;
  // A file of the folder may be another name of it.
  std::error_code code;
  for (sys::fs::directory_iterator it(path, code), end; it != end && !code; it.increment(code))
    if (fits(sys::path::filename(it->path())) && FileIdentity::of(it->path()) == identity)
      return true;
  return false;
}

static Error cannotWrite(StringRef path, StringRef flag, const Twine &why) {
  return createStringError("cannot write '" + path + "': " + why + " (" + flag + ")");
}

Error FilePlan::checkApart(const Output &output) const {
  for (const Input &input : inputs) {
    if (!output.covers(input.file, input.path) ||
        is_contained(replaceable, std::pair(output.path, input.file)))
      continue;
    StringRef path = output.isFolder ? input.path : output.path;
    return cannotWrite(path, output.flag, "it is " + input.what);
  }
  for (const Output &other : outputs)
    if (&other != &output && !other.isFolder && output.covers(other.file, other.path))
      return cannotWrite(other.path, output.flag,
                         output.flag == other.flag ? "another output has that name"
                                                   : other.flag + " writes it");
  return Error::success();
}

Error FilePlan::check() const {
  for (const Output &output : outputs)
    if (Error error = checkApart(output))
      return error;
  for (const Output &output : outputs)
    if (std::string why = output.isFolder ? whyNoFolder(output.path) : whyNotWritable(output.path);
        !why.empty())
      return cannotWrite(output.path, output.flag, why);
  std::map<uint64_t, uint64_t> needed; // by device
  for (const Output &output : outputs) {
    std::optional<FreeSpace> space = freeSpaceAt(output.path);
    if (!space || !output.bytes)
      continue;
    uint64_t sum = needed[space->device] += output.bytes;
    if (sum > space->bytes)
      return cannotWrite(output.path, output.flag,
                         "it takes about " + Twine(sum) + " bytes, the disk has " +
                             Twine(space->bytes) + " left");
  }
  return Error::success();
}
