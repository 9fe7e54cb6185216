#include "ingest/wal_part.h"

#include <fmt/format.h>

#include <cstring>
#include <vector>

namespace vivace {
namespace {

constexpr std::string_view kFileMagic = "VIVWAL01";
// Records below this are written together, so that they don't take a block each.
constexpr size_t kSmallRecordBytes = 16 << 10;
constexpr uint64_t kRemovedPerStep = 4 << 20;

std::unexpected<Error> Failed(std::string_view what, const std::string& path, const Error& error) {
  return Fail(ErrorCode::kUnavailable, fmt::format("{} {}: {}", what, path, error.message));
}

std::string EncodeHeader(const WalPartHeader& header) {
  std::string payload(reinterpret_cast<const char*>(header.segment_id.bytes.data()),
                      header.segment_id.bytes.size());
  payload += header.tenant;
  return payload;
}

Result<WalPartHeader> DecodeHeader(std::string_view payload) {
  WalPartHeader header;
  if (payload.size() < header.segment_id.bytes.size())
    return Fail(ErrorCode::kDataLoss, "header record is too short");
  std::memcpy(header.segment_id.bytes.data(), payload.data(), header.segment_id.bytes.size());
  header.tenant = payload.substr(header.segment_id.bytes.size());
  return header;
}

// Where records are written as whole blocks: small ones are copied into blocks that they share.
class BlockPieces {
 public:
  explicit BlockPieces(std::span<const WalRecord* const> records) {
    size_t shared = 0;
    for (const WalRecord* record : records)
      shared += WalRecord::RoundUp(record->size() < kSmallRecordBytes ? record->size() : 0);
    blocks_ = WalRecord::AllocateBlocks(shared);
    at_ = begin_ = blocks_.get();
    for (const WalRecord* record : records) Add(*record);
    EndRun();
  }
  std::span<const std::string_view> pieces() const { return pieces_; }

 private:
  void Add(const WalRecord& record) {
    if (record.size() >= kSmallRecordBytes) {
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

  AlignedMemory blocks_;
  char* begin_ = nullptr;  // of the blocks being filled
  char* at_ = nullptr;
  std::vector<std::string_view> pieces_;
};

}  // namespace

Result<std::unique_ptr<WalPart>> WalPart::Create(FileSystem& files, const std::string& path,
                                                 const WalPartHeader& header, WalWriteMode writes) {
  auto file = files.Open(
      path, writes == WalWriteMode::kDirect ? OpenMode::kCreateDirect : OpenMode::kCreate);
  if (!file) return Failed("create", path, file.error());
  std::unique_ptr<WalPart> part(new WalPart(path, *std::move(file), 0));
  auto status = part->Start(header);
  if (status) status = part->Sync();
  if (const Status synced = status ? SyncParent(files, path) : Status(); !synced)
    status = Failed("create", path, synced.error());
  if (!status) {
    (void)files.Remove(path);
    return std::unexpected(status.error());
  }
  return part;
}

Result<std::unique_ptr<WalPart>> WalPart::Reopen(FileSystem& files, const std::string& path,
                                                 uint64_t size) {
  auto file = files.Open(path, OpenMode::kAppend);
  if (!file) return Failed("open", path, file.error());
  std::unique_ptr<WalPart> part(new WalPart(path, *std::move(file), size));
  if (const Status cut = part->file_->Truncate(size); !cut)
    return Failed("truncate", path, cut.error());
  return part;
}

// The magic and the header record; in whole blocks where all that follows is written so.
Status WalPart::Start(const WalPartHeader& header) {
  std::string bytes(kFileMagic);
  bytes += WalRecord(EncodeHeader(header)).view();
  if (file_->is_direct()) bytes.resize(WalRecord::RoundUp(bytes.size()));
  const AlignedMemory aligned = WalRecord::AllocateBlocks(bytes.size());
  std::memcpy(aligned.get(), bytes.data(), bytes.size());
  const std::string_view piece(aligned.get(), bytes.size());
  return Write({&piece, 1});
}

Status WalPart::Append(std::span<const WalRecord* const> records) {
  if (broken_)
    return Fail(ErrorCode::kUnavailable, fmt::format("{}: an earlier write failed", path_));
  if (file_->is_direct()) return Write(BlockPieces(records).pieces());
  std::vector<std::string_view> pieces;
  for (const WalRecord* record : records) pieces.push_back(record->view());
  return Write(pieces);
}

Status WalPart::Write(std::span<const std::string_view> pieces) {
  if (const Status written = file_->Append(pieces); !written) {
    if (!file_->Truncate(size_)) broken_ = true;
    return Failed("write", path_, written.error());
  }
  for (const std::string_view piece : pieces) size_ += piece.size();
  return {};
}

Status WalPart::Sync() {
  const Status synced = file_->Sync();
  if (synced) return {};
  broken_ = true;
  return Failed("fdatasync", path_, synced.error());
}

Result<WalPartContents> ReadWalPart(FileSystem& files, const std::string& path,
                                    const std::function<Status(std::string_view payload)>& visit) {
  const Result<MappedFile> mapped = files.Map(path);
  if (!mapped) return Failed("open", path, mapped.error());
  const std::string_view file = mapped->bytes;
  const std::string_view header_record = WalRecordAt(file, kFileMagic.size());
  if (!file.starts_with(kFileMagic) || header_record.data() == nullptr)
    return Fail(ErrorCode::kDataLoss, fmt::format("{}: no readable WAL header", path));
  WalPartContents contents;
  VIVACE_ASSIGN(contents.header, DecodeHeader(header_record));
  uint64_t offset = SkipWalPadding(file, kFileMagic.size() + kWalFrameBytes + header_record.size());
  contents.good_bytes = offset;
  while (offset < file.size()) {
    const std::string_view payload = WalRecordAt(file, offset);
    if (payload.data() == nullptr) {
      const uint64_t next = NextWalRecord(file, offset + 1);
      WalDamage damage{offset, next - offset, "no record with a valid checksum"};
      if (next == file.size()) {
        contents.torn = std::move(damage);
        break;
      }
      contents.damaged.push_back(std::move(damage));
      offset = next;
      continue;
    }
    const uint64_t size = kWalFrameBytes + payload.size();
    if (const Status status = visit(payload); !status)
      contents.damaged.push_back({offset, size, status.error().message});
    offset = SkipWalPadding(file, offset + size);
    contents.good_bytes = offset;
  }
  return contents;
}

Status RemoveWalPart(FileSystem& files, const std::string& path) {
  const auto file = files.Open(path, OpenMode::kAppend);
  if (!file) return Failed("open", path, file.error());
  const Result<FileInfo> info = (*file)->Info();
  uint64_t size = info ? info->size : 0;
  bool shrinking = true;
  while (shrinking && size > 2 * kRemovedPerStep) {
    size -= kRemovedPerStep;
    shrinking = (*file)->Truncate(size).has_value();  // where it does not, the file goes at once
  }
  const Status removed = files.Remove(path);
  return removed ? Status() : Failed("remove", path, removed.error());
}

}  // namespace vivace
