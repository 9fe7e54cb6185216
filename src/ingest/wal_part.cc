#include "ingest/wal_part.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/crc32c.h"

namespace vivace {
namespace {

constexpr std::string_view kFileMagic = "VIVWAL01";
constexpr uint32_t kRecordMark = 0x57564956;  // "VIVW"
constexpr uint32_t kRecordBytesMax = 1u << 30;

struct Frame {
  uint32_t mark;
  uint32_t size;
  uint32_t crc;
};

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

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

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

// The payload of the record at `offset`, if a whole and good one stands there.
std::optional<std::string_view> RecordAt(std::string_view file, uint64_t offset) {
  Frame frame{};
  if (file.size() < offset + sizeof frame) return std::nullopt;
  std::memcpy(&frame, file.data() + offset, sizeof frame);
  if (frame.mark != kRecordMark || frame.size > kRecordBytesMax || file.size() - offset - sizeof frame < frame.size) return std::nullopt;
  const std::string_view payload = file.substr(offset + sizeof frame, frame.size);
  if (Crc32c(payload) != frame.crc) return std::nullopt;
  return payload;
}

// The next offset at which a good record begins, or the end of the file.
uint64_t NextRecord(std::string_view file, uint64_t offset) {
  const std::string_view mark(reinterpret_cast<const char*>(&kRecordMark), sizeof kRecordMark);
  for (size_t at = file.find(mark, offset); at != std::string_view::npos; at = file.find(mark, at + 1)) {
    if (RecordAt(file, at)) return at;
  }
  return file.size();
}

}  // namespace

void AppendWalRecord(std::string_view payload, std::string& out) {
  const Frame frame{kRecordMark, static_cast<uint32_t>(payload.size()), Crc32c(payload)};
  out.append(reinterpret_cast<const char*>(&frame), sizeof frame);
  out.append(payload);
}

Result<std::unique_ptr<WalPart>> WalPart::Create(const std::string& path, const WalPartHeader& header) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(SystemError("create", path));
  std::unique_ptr<WalPart> part(new WalPart(path, fd, 0));
  std::string start(kFileMagic);
  AppendWalRecord(EncodeHeader(header), start);
  auto status = part->Append(start);
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
  std::unique_ptr<WalPart> part(new WalPart(path, fd, size));
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) return std::unexpected(SystemError("truncate", path));
  return part;
}

WalPart::~WalPart() { close(fd_); }

Status WalPart::Append(std::string_view records) {
  if (broken_) return Fail(ErrorCode::kUnavailable, fmt::format("{}: an earlier write failed", path_));
  if (!WriteAll(fd_, records)) {
    const Error error = SystemError("write", path_);
    if (ftruncate(fd_, static_cast<off_t>(size_)) != 0) broken_ = true;
    return std::unexpected(error);
  }
  size_ += records.size();
  return {};
}

Status WalPart::Sync() {
  if (fdatasync(fd_) == 0) return {};
  broken_ = true;
  return std::unexpected(SystemError("fdatasync", path_));
}

Result<WalPartContents> ReadWalPart(const std::string& path, const std::function<Status(std::string_view payload)>& visit) {
  VIVACE_ASSIGN(const MappedFile mapped, MappedFile::Open(path));
  const std::string_view file = mapped.view();
  const auto header_record = RecordAt(file, kFileMagic.size());
  if (!file.starts_with(kFileMagic) || !header_record) return Fail(ErrorCode::kDataLoss, fmt::format("{}: no readable WAL header", path));
  WalPartContents contents;
  VIVACE_ASSIGN(contents.header, DecodeHeader(*header_record));
  uint64_t offset = kFileMagic.size() + sizeof(Frame) + header_record->size();
  contents.good_bytes = offset;
  while (offset < file.size()) {
    const auto payload = RecordAt(file, offset);
    if (!payload) {
      const uint64_t next = NextRecord(file, offset + 1);
      WalDamage damage{offset, next - offset, "no record with a valid checksum"};
      if (next == file.size()) {
        contents.torn = std::move(damage);
        break;
      }
      contents.damaged.push_back(std::move(damage));
      offset = next;
      continue;
    }
    const uint64_t size = sizeof(Frame) + payload->size();
    if (const Status status = visit(*payload); !status) contents.damaged.push_back({offset, size, status.error().message});
    offset += size;
    contents.good_bytes = offset;
  }
  return contents;
}

}  // namespace vivace
