#include "ingest/wal/wal_part_v1.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error_context.h"
#include "base/hash/crc32c.h"

namespace vivace {
namespace {

constexpr std::string_view kPartMagic = "VIVWAL01";
constexpr std::string_view kV1RecordMagic = "VIVW";

struct V1Frame {
  std::array<char, 4> magic;
  uint32_t size;
  uint32_t crc;
};

// The payload of the record at `offset`, if there is a complete and valid one.
std::optional<std::string_view> PayloadAt(std::string_view file, uint64_t offset) {
  V1Frame frame{};
  if (file.size() < offset + sizeof frame) return {};
  std::memcpy(&frame, file.data() + offset, sizeof frame);
  if (std::string_view(frame.magic.data(), frame.magic.size()) != kV1RecordMagic ||
      file.size() - offset - sizeof frame < frame.size)
    return {};
  const std::string_view payload = file.substr(offset + sizeof frame, frame.size);
  return Crc32c(payload) == frame.crc ? std::optional(payload) : std::nullopt;
}

}  // namespace

Result<WalPartV1> ReadWalPartV1(FileSystem& files, const std::string& path,
                                const std::function<Status(std::string_view payload)>& visit) {
  VIVACE_ASSIGN(const MappedFile mapped, files.Map(path));
  const std::string_view file = mapped.bytes;
  const auto header = PayloadAt(file, kPartMagic.size());
  WalPartV1 part;
  if (!file.starts_with(kPartMagic) || !header || header->size() < sizeof part.segment.bytes)
    return Damaged("no readable header of a WAL part");
  std::memcpy(part.segment.bytes.data(), header->data(), sizeof part.segment.bytes);
  part.tenant = header->substr(sizeof part.segment.bytes);
  const auto size_at = [&](uint64_t offset) -> std::optional<uint64_t> {
    const auto payload = PayloadAt(file, offset);
    return payload ? std::optional(sizeof(V1Frame) + payload->size()) : std::nullopt;
  };
  part.records =
      ScanWalRecords(file, kPartMagic.size() + sizeof(V1Frame) + header->size(), kV1RecordMagic,
                     size_at, [&](uint64_t offset) { return visit(*PayloadAt(file, offset)); });
  return part;
}

}  // namespace vivace
