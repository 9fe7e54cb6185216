#include "ingest/wal_part.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <numeric>

namespace vivace {
namespace {

constexpr std::string_view kFileMagic = "VIVWAL01";
// Records below this are written together, so that they don't take a block each.
constexpr size_t kSmallRecordBytes = 16 << 10;
constexpr off_t kRemovedPerStep = 4 << 20;

Error SystemError(std::string_view what, const std::string& path) {
  return {ErrorCode::kUnavailable, fmt::format("{} {}: {}", what, path, std::strerror(errno))};
}

Status SyncDirectory(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(SystemError("open", directory));
  const int result = fsync(fd);
  close(fd);
  return result == 0 ? Status() : std::unexpected(SystemError("fsync", directory));
}

bool WriteAll(int fd, std::vector<iovec> all) {
  std::span<iovec> pieces(all);
  while (!pieces.empty()) {
    const ssize_t written = writev(fd, pieces.data(), static_cast<int>(std::min<size_t>(pieces.size(), IOV_MAX)));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    auto left = static_cast<size_t>(written);
    while (!pieces.empty() && left >= pieces.front().iov_len) {
      left -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (left == 0) continue;
    pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + left;
    pieces.front().iov_len -= left;
  }
  return true;
}

iovec Piece(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

std::string EncodeHeader(const WalPartHeader& header) {
  std::string payload(reinterpret_cast<const char*>(header.segment_id.bytes.data()), header.segment_id.bytes.size());
  payload += header.tenant;
  return payload;
}

Result<WalPartHeader> DecodeHeader(std::string_view payload) {
  WalPartHeader header;
  if (payload.size() < header.segment_id.bytes.size()) return Fail(ErrorCode::kDataLoss, "header record is too short");
  std::memcpy(header.segment_id.bytes.data(), payload.data(), header.segment_id.bytes.size());
  header.tenant = payload.substr(header.segment_id.bytes.size());
  return header;
}

// A file mapped for reading.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::unexpected(SystemError("open", path));
    struct stat status {};
    MappedFile file;
    if (fstat(fd, &status) == 0 && status.st_size > 0) {
      file.size_ = static_cast<size_t>(status.st_size);
      void* memory = mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (memory != MAP_FAILED) file.memory_ = memory;
    }
    close(fd);
    if (file.size_ > 0 && file.memory_ == nullptr) return std::unexpected(SystemError("mmap", path));
    return file;
  }
  MappedFile(MappedFile&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)), size_(other.size_) {}
  ~MappedFile() {
    if (memory_ != nullptr) munmap(memory_, size_);
  }
  std::string_view view() const { return {static_cast<const char*>(memory_), memory_ == nullptr ? 0 : size_}; }

 private:
  MappedFile() = default;
  void* memory_ = nullptr;
  size_t size_ = 0;
};

// Where records are written as whole blocks: small ones are copied into blocks that they share.
class BlockPieces {
 public:
  explicit BlockPieces(std::span<const WalRecord* const> records) {
    size_t shared = 0;
    for (const WalRecord* record : records) shared += WalRecord::RoundUp(record->size() < kSmallRecordBytes ? record->size() : 0);
    blocks_ = WalRecord::AllocateBlocks(shared);
    at_ = begin_ = blocks_.get();
    for (const WalRecord* record : records) Add(*record);
    EndRun();
  }
  const std::vector<iovec>& pieces() const { return pieces_; }

 private:
  void Add(const WalRecord& record) {
    if (record.size() >= kSmallRecordBytes) {
      EndRun();
      pieces_.push_back(Piece(record.padded()));
      return;
    }
    std::memcpy(at_, record.view().data(), record.size());
    at_ += record.size();
  }

  void EndRun() {
    if (at_ == begin_) return;
    const size_t padded = WalRecord::RoundUp(static_cast<size_t>(at_ - begin_));
    std::memset(at_, 0, static_cast<size_t>(begin_ + padded - at_));
    pieces_.push_back({begin_, padded});
    begin_ += padded;
    at_ = begin_;
  }

  AlignedMemory blocks_;
  char* begin_ = nullptr;  // of the blocks being filled
  char* at_ = nullptr;
  std::vector<iovec> pieces_;
};

}  // namespace

Result<std::unique_ptr<WalPart>> WalPart::Create(const std::string& path, const WalPartHeader& header, WalWrites writes) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
  bool direct = writes == WalWrites::kDirect;
  int fd = open(path.c_str(), flags | (direct ? O_DIRECT : 0), 0600);
  if (fd < 0 && direct && errno == EINVAL) {  // not every file system has it; the file may be there all the same
    direct = false;
    unlink(path.c_str());
    fd = open(path.c_str(), flags, 0600);
  }
  if (fd < 0) return std::unexpected(SystemError("create", path));
  std::unique_ptr<WalPart> part(new WalPart(path, fd, 0, direct));
  auto status = part->Start(header);
  if (status) status = part->Sync();
  if (status) status = SyncDirectory(path);
  if (!status) {
    unlink(path.c_str());
    return std::unexpected(status.error());
  }
  return part;
}

Result<std::unique_ptr<WalPart>> WalPart::Reopen(const std::string& path, uint64_t size) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return std::unexpected(SystemError("open", path));
  std::unique_ptr<WalPart> part(new WalPart(path, fd, size, false));
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) return std::unexpected(SystemError("truncate", path));
  return part;
}

WalPart::~WalPart() { close(fd_); }

// The magic and the header record; in whole blocks where all that follows is written so.
Status WalPart::Start(const WalPartHeader& header) {
  std::string bytes(kFileMagic);
  bytes += WalRecord(EncodeHeader(header)).view();
  if (direct_) bytes.resize(WalRecord::RoundUp(bytes.size()));
  const AlignedMemory aligned = WalRecord::AllocateBlocks(bytes.size());
  std::memcpy(aligned.get(), bytes.data(), bytes.size());
  return Write({{aligned.get(), bytes.size()}});
}

Status WalPart::Append(std::span<const WalRecord* const> records) {
  if (broken_) return Fail(ErrorCode::kUnavailable, fmt::format("{}: an earlier write failed", path_));
  if (direct_) {
    const BlockPieces blocks(records);
    return Write(blocks.pieces());
  }
  std::vector<iovec> pieces;
  for (const WalRecord* record : records) pieces.push_back(Piece(record->view()));
  return Write(pieces);
}

Status WalPart::Write(const std::vector<iovec>& pieces) {
  const size_t bytes = std::accumulate(pieces.begin(), pieces.end(), size_t{0}, [](size_t sum, const iovec& p) { return sum + p.iov_len; });
  if (!WriteAll(fd_, pieces) && !(errno == EINVAL && StopDirectWrites() && WriteAll(fd_, pieces))) {
    const Error error = SystemError("write", path_);
    if (ftruncate(fd_, static_cast<off_t>(size_)) != 0) broken_ = true;
    return std::unexpected(error);
  }
  size_ += bytes;
  return {};
}

// For devices whose blocks are larger than ours: they refuse direct writes once they see one. False where writes are not direct.
bool WalPart::StopDirectWrites() {
  if (!direct_) return false;
  direct_ = false;
  return ftruncate(fd_, static_cast<off_t>(size_)) == 0 && fcntl(fd_, F_SETFL, O_APPEND) == 0;
}

Status WalPart::Sync() {
  if (fdatasync(fd_) == 0) return {};
  broken_ = true;
  return std::unexpected(SystemError("fdatasync", path_));
}

Result<WalPartContents> ReadWalPart(const std::string& path, const std::function<Status(std::string_view payload)>& visit) {
  VIVACE_ASSIGN(const MappedFile mapped, MappedFile::Open(path));
  const std::string_view file = mapped.view();
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
    if (const Status status = visit(payload); !status) contents.damaged.push_back({offset, size, status.error().message});
    offset = SkipWalPadding(file, offset + size);
    contents.good_bytes = offset;
  }
  return contents;
}

Status RemoveWalPart(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(SystemError("open", path));
  bool shrinking = true;
  for (off_t size = lseek(fd, 0, SEEK_END) - kRemovedPerStep; shrinking && size > kRemovedPerStep; size -= kRemovedPerStep) {
    shrinking = ftruncate(fd, size) == 0;  // where it does not, the file goes at once
  }
  close(fd);
  if (unlink(path.c_str()) != 0) return std::unexpected(SystemError("remove", path));
  return {};
}

}  // namespace vivace
