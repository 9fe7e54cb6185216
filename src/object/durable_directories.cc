#include "object/durable_directories.h"

#include <fmt/format.h>

namespace vivace {

Status DurableDirectories::Make(const std::string& directory) {
  const Status made = MakeBelowRoot(directory);
  // Its parents were made: no retry helps.
  if (!made && made.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("a file is in the way: {}", made.error().message));
  return made;
}

Status DurableDirectories::MakeBelowRoot(const std::string& directory) {
  if (directory.size() <= root_.size() || IsKnown(directory)) return {};
  VIVACE_TRY(MakeBelowRoot(ParentDirectory(directory)));
  VIVACE_TRY(MakeDirectories(files_, directory));  // syncs it whoever made it
  const std::lock_guard lock(mutex_);
  if (known_.size() == kRememberedMax) known_.clear();
  known_.insert(directory);
  return {};
}

bool DurableDirectories::IsKnown(const std::string& directory) const {
  const std::lock_guard lock(mutex_);
  return known_.contains(directory);
}

void DurableDirectories::Forget(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const std::string& known) {
    return known == directory || known.starts_with(directory + "/");
  });
}

}  // namespace vivace
