// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the option `formats` of methods that round weights.
#include "lib/Rounding/FormatMap.h"
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace retort;

FailureOr<FormatMap::Entry> FormatMap::parseEntry(ModuleOp module, StringRef pattern,
                                                  ArrayRef<StringRef> format, CodeForm form) {
  Entry entry{pattern.str(), std::make_shared<llvm::Regex>(pattern), form, false};
  std::string reason;
  if (!entry.pattern->isValid(reason))
    return module.emitError() << "expects a regular expression in 'formats', found '" << pattern
                              << "': " << reason;
  unsigned bits = 0;
  if (format[0].getAsInteger(10, bits) || bits < 2 || bits > 8)
    return module.emitError() << "expects from 2 to 8 bits in 'formats', found " << format[0]
                              << " of '" << pattern << "'";
  entry.form.code.bits = bits;
  if (format[1].getAsInteger(10, entry.form.groupSize))
    return module.emitError() << "expects a size of groups in 'formats', found " << format[1]
                              << " of '" << pattern << "'";
  StringRef name = format.back();
  if (format.size() > 2 && name != "integers" && name != "levels")
    return module.emitError() << "expects integers or levels in 'formats', found '" << name
                              << "' of '" << pattern << "'";
  if (format.size() > 2)
    entry.form.isLevels = name == "levels";
  entry.form.code.symmetric |= entry.form.isLevels;
  return entry;
}

/// The expression may hold commas and equals signs: an entry ends with a format.
FailureOr<FormatMap> FormatMap::parse(ModuleOp module, StringRef text, const CodeForm &otherwise) {
  FormatMap map;
  map.otherwise = otherwise;
  llvm::Regex ending("^(.+)=([0-9]+):([0-9]+)(:[a-z]+)?$");
  size_t begin = 0, end = 0;
  while (begin < text.size()) {
    end = std::min(text.find(',', end), text.size());
    SmallVector<StringRef> parts;
    if (ending.match(text.slice(begin, end), &parts)) {
      SmallVector<StringRef> format{parts[2], parts[3]};
      if (!parts[4].empty())
        format.push_back(parts[4].drop_front());
      auto entry = parseEntry(module, parts[1], format, otherwise);
      if (failed(entry))
        return failure();
      map.entries.push_back(std::move(*entry));
      begin = end + 1;
    } else if (end == text.size()) {
      return module.emitError() << "expects REGEX=BITS:GROUP or REGEX=BITS:GROUP:FORM in "
                                   "'formats', found '"
                                << text.substr(begin) << "'";
    }
    ++end;
  }
  return map;
}

const CodeForm &FormatMap::formOf(const LinearWeight &weight) {
  SmallVector<StringRef> names = weight.names();
  for (Entry &entry : entries)
    if (llvm::any_of(names, [&](StringRef name) { return entry.pattern->match(name); })) {
      entry.isUsed = true;
      return entry.form;
    }
  return otherwise;
}

void FormatMap::reportUnused(ModuleOp module, StringRef method) const {
  for (const Entry &entry : entries)
    if (!entry.isUsed)
      weightMissed(module.getLoc(), method, entry.text)
          << remark::reason("no weight that is taken has a name that this expression of 'formats' "
                            "matches, or one before it does");
}
