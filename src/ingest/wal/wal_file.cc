#include "ingest/wal/wal_file.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error_context.h"

namespace vivace {
namespace {

constexpr std::string_view kFileMagic = "VIVWAL02";
constexpr std::string_view kFileMagicOfAnyVersion = "VIVWAL";
constexpr uint64_t kRemovedPerStep = 4 << 20;

std::unexpected<Error> Failed(std::string_view what, const std::string& path, const Error& error) {
  return Fail(ErrorCode::kUnavailable, fmt::format("{} {}: {}", what, path, error.message));
}

// Where records are written as whole blocks: small ones are copied into blocks that they share.
class BlockPieces {
 public:
  explicit BlockPieces(std::span<const WalRecord* const> records) {
    size_t shared = 0;
    for (const WalRecord* record : records)
      shared += record->is_small() ? WalRecord::RoundUp(record->size()) : 0;
    blocks_ = WalRecord::AllocateBlocks(shared);
    at_ = begin_ = blocks_.get();
    for (const WalRecord* record : records) Add(*record);
    EndRun();
  }
  std::span<const std::string_view> pieces() const { return pieces_; }

 private:
  void Add(const WalRecord& record) {
    if (!record.is_small()) {
      EndRun();
      pieces_.push_back(record.padded());
      return;
    }
    std::memcpy(at_, record.view().data(), record.size());
    at_ += record.size();
  }

  void EndRun() {
    if (at_ == begin_) return;
    const size_t padded = WalRecord::RoundUp(static_cast<size_t>(at_ - begin_));
    std::memset(at_, 0, static_cast<size_t>(begin_ + padded - at_));
    pieces_.emplace_back(begin_, padded);
    begin_ += padded;
    at_ = begin_;
  }

  RecordMemory blocks_;
  char* begin_ = nullptr;  // of the blocks being filled
  char* at_ = nullptr;
  std::vector<std::string_view> pieces_;
};

}  // namespace

Result<std::unique_ptr<WalFile>> WalFile::Create(FileSystem& files, const std::string& path,
                                                 WalWriteMode writes, const WalRecord& first) {
  auto opened = files.Open(
      path, writes == WalWriteMode::kDirect ? OpenMode::kCreateDirect : OpenMode::kCreate);
  if (!opened) return Failed("create", path, opened.error());
  std::unique_ptr<WalFile> file(new WalFile(path, *std::move(opened)));
  Status status = file->Start(first);
  if (status) status = file->Sync();
  if (const Status synced = status ? SyncParent(files, path) : Status(); !synced)
    status = Failed("create", path, synced.error());
  if (!status) {
    (void)files.Remove(path);
    return std::unexpected(status.error());
  }
  return file;
}

// The magic and the first record; in whole blocks where all that follows is written so.
Status WalFile::Start(const WalRecord& first) {
  std::string bytes(kFileMagic);
  bytes += first.view();
  if (file_->is_direct()) bytes.resize(WalRecord::RoundUp(bytes.size()));
  const RecordMemory aligned = WalRecord::AllocateBlocks(bytes.size());
  std::memcpy(aligned.get(), bytes.data(), bytes.size());
  const std::string_view piece(aligned.get(), bytes.size());
  return Write({&piece, 1});
}

Status WalFile::Append(std::span<const WalRecord* const> records) {
  if (file_->is_direct()) return Write(BlockPieces(records).pieces());
  std::vector<std::string_view> pieces;
  pieces.reserve(records.size());
  for (const WalRecord* record : records) pieces.push_back(record->view());
  return Write(pieces);
}

Status WalFile::Append(std::span<const std::string_view> records) { return Write(records); }

Status WalFile::Write(std::span<const std::string_view> pieces) {
  if (!is_usable_)
    return Fail(ErrorCode::kUnavailable, fmt::format("{}: an earlier write failed", path_));
  if (const Status written = file_->Append(pieces); !written) {
    is_usable_ = file_->Truncate(size_).has_value();
    return Failed("write", path_, written.error());
  }
  for (const std::string_view piece : pieces) size_ += piece.size();
  return {};
}

Status WalFile::Sync() {
  const Status synced = file_->Sync();
  if (synced) return {};
  is_usable_ = false;
  return Failed("fdatasync", path_, synced.error());
}

void WalFile::WriteBack() {
  file_->WriteBack(written_back_, size_);
  written_back_ = size_;
}

Result<WalFileContents> ReadWalFile(FileSystem& files, const std::string& path) {
  WalFileContents contents;
  VIVACE_ASSIGN(contents.file, files.Map(path));
  const std::string_view file = contents.file.bytes;
  if (!file.starts_with(kFileMagic)) {
    if (!file.starts_with(kFileMagicOfAnyVersion)) return Damaged("no file of the WAL");
    return Fail(ErrorCode::kUnimplemented,
                fmt::format("format {} of the WAL is of another release; this one reads {}",
                            file.substr(0, kFileMagic.size()), kFileMagic));
  }
  std::optional<WalEntry> entry;
  const auto size_at = [&](uint64_t offset) -> std::optional<uint64_t> {
    entry = WalEntryAt(file, offset);
    return entry ? std::optional(entry->bytes.size()) : std::nullopt;
  };
  const auto visit = [&](uint64_t /*offset*/) -> Status {
    switch (entry->type) {
      case WalRecordType::kBatch:
        contents.batches.push_back(*entry);
        return {};
      case WalRecordType::kFinished:
        for (const Uuid& id : DecodeFinished(entry->payload)) contents.finished.push_back(id);
        return {};
    }
    return Damaged(fmt::format("a record of the unknown type {}", static_cast<int>(entry->type)));
  };
  contents.scan = ScanWalRecords(file, kFileMagic.size(), kWalRecordMagic, size_at, visit);
  return contents;
}

Status RemoveWalFile(FileSystem& files, const std::string& path) {
  std::string removed = path;
  if (!path.ends_with(kWalRemovedSuffix)) {
    removed += kWalRemovedSuffix;
    if (const Status renamed = files.Rename(path, removed); !renamed)
      return WithContext(renamed, "rename " + path);
    // Shortened under its old name after a power cut it would be read as what is left of it.
    if (const Status synced = SyncParent(files, path); !synced)
      return Failed("rename", path, synced.error());
  }
  const auto file = files.Open(removed, OpenMode::kAppend);
  const Result<FileInfo> info = file ? (*file)->Info() : std::unexpected(file.error());
  uint64_t size = info ? info->size : 0;
  bool shrinking = true;
  while (shrinking && size > 2 * kRemovedPerStep) {
    size -= kRemovedPerStep;
    shrinking = (*file)->Truncate(size).has_value();  // where it does not, the file goes at once
  }
  const Status done = files.Remove(removed);
  return done ? Status() : Failed("remove", removed, done.error());
}

}  // namespace vivace
