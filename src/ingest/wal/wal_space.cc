#include "ingest/wal/wal_space.h"

#include <algorithm>
#include <utility>

namespace vivace {

void WalSpace::AddFile(FileNumber file, std::string path) { files_[file].path = std::move(path); }

void WalSpace::Close(FileNumber file, uint64_t size) {
  files_.at(file).is_closed = true;
  files_.at(file).size = size;
}

void WalSpace::AddRecords(FileNumber file, const Uuid& segment, uint64_t bytes) {
  const auto [share, is_new] = segments_[segment].try_emplace(file, 0);
  share->second += bytes;
  files_.at(file).needed_bytes += bytes;
  if (is_new) ++files_.at(file).unfinished_segments;
}

void WalSpace::Finish(const Uuid& segment) {
  const auto found = segments_.find(segment);
  if (found == segments_.end()) return;
  std::vector<FileNumber>& files = finished_[segment];
  for (const auto& [number, bytes] : found->second) {
    File& file = files_.at(number);
    file.needed_bytes -= bytes;
    --file.unfinished_segments;
    files.push_back(number);
  }
  segments_.erase(found);
}

std::vector<Uuid> WalSpace::FinishedInFiles() const {
  std::vector<Uuid> segments;
  for (const auto& [segment, files] : finished_) segments.push_back(segment);
  return segments;
}

void WalSpace::RemoveFile(FileNumber file) {
  files_.erase(file);
  for (auto& [segment, files] : finished_) std::erase(files, file);
  std::erase_if(finished_, [](const auto& finished) { return finished.second.empty(); });
}

uint64_t WalSpace::garbage_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [number, file] : files_)
    bytes += file.is_closed ? file.size - std::min(file.size, file.needed_bytes) : 0;
  return bytes;
}

uint64_t WalSpace::disk_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [number, file] : files_) bytes += file.size;
  return bytes;
}

bool WalSpace::HasFinishedInNeededFiles() const {
  return std::ranges::any_of(finished_, [&](const auto& finished) {
    return std::ranges::any_of(finished.second,
                               [&](FileNumber number) { return files_.at(number).is_needed(); });
  });
}

std::vector<WalSpace::FileNumber> WalSpace::FinishedFiles() const {
  std::vector<FileNumber> numbers;
  for (const auto& [number, file] : files_) {
    if (!file.is_needed()) numbers.push_back(number);
  }
  return numbers;
}

std::vector<WalSpace::FileNumber> WalSpace::WorthRewriting(uint64_t needed_bytes_max) const {
  std::vector<FileNumber> worth;
  uint64_t needed = 0;
  for (const auto& [number, file] : files_) {
    const bool is_worth_it = file.is_closed && file.is_needed() && file.may_be_rewritten &&
                             file.needed_bytes <= file.size / 2;
    if (!is_worth_it) continue;
    needed += file.needed_bytes;
    if (needed > needed_bytes_max) break;
    worth.push_back(number);
  }
  return worth;
}

std::vector<WalSpace::FileNumber> WalSpace::FilesOf(const Uuid& segment) const {
  std::vector<FileNumber> numbers;
  const auto found = segments_.find(segment);
  if (found == segments_.end()) return numbers;
  for (const auto& [number, bytes] : found->second) numbers.push_back(number);
  return numbers;
}

WalSpace::Shares WalSpace::SharesOf(FileNumber file) const {
  Shares shares;
  for (const auto& [segment, files] : segments_) {
    if (const auto share = files.find(file); share != files.end())
      shares.emplace(segment, share->second);
  }
  return shares;
}

void WalSpace::Forget(FileNumber file) {
  for (auto& [segment, files] : segments_) files.erase(file);
  files_.at(file).needed_bytes = 0;
  files_.at(file).unfinished_segments = 0;
}

}  // namespace vivace
