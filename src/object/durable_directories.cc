#include "object/durable_directories.h"

#include <fmt/format.h>

#include "base/error_context.h"

namespace vivace {

Status DurableDirectories::Make(const std::string& directory) {
  Status made = MakeBelowRoot(directory);
  if (!made && made.error().code == ErrorCode::kNotFound) {
    // Somebody removed one that was known, or a file is in the way.
    {
      const std::lock_guard lock(mutex_);
      known_.clear();
    }
    made = MakeBelowRoot(directory);
  }
  if (!made && made.error().code == ErrorCode::kNotFound)
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("a file is in the way: {}", made.error().message));
  return made;
}

Status DurableDirectories::MakeBelowRoot(const std::string& directory) {
  if (directory.size() <= root_.size() || IsKnown(directory)) return {};
  VIVACE_TRY(MakeBelowRoot(ParentDirectory(directory)));
  const Status made = files_.MakeDirectory(directory);
  const bool was_there = !made && made.error().code == ErrorCode::kAlreadyExists;
  if (!made && !was_there) return made;
  if (const Status synced = SyncParent(files_, directory); !synced) {
    if (!was_there) (void)files_.RemoveDirectory(directory);
    return synced;
  }
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
