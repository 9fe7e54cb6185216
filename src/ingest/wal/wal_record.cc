#include "ingest/wal/wal_record.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/hash/crc32c.h"

namespace vivace {
namespace {

constexpr uint32_t kPayloadBytesMax = 1u << 30;

struct Frame {
  std::array<char, 4> magic{};
  uint32_t payload_size = 0;
  uint32_t payload_crc = 0;
  uint8_t type = 0;
  uint8_t tenant_size = 0;  // the payload begins with the tenant
  uint16_t reserved = 0;
  uint64_t number = 0;
  Uuid segment;
  uint32_t reserved2 = 0;
  uint32_t frame_crc = 0;  // of all before it

  uint32_t Crc() const {
    return Crc32c({reinterpret_cast<const char*>(this), offsetof(Frame, frame_crc)});
  }
};
static_assert(sizeof(Frame) == kWalFrameBytes && std::is_trivially_copyable_v<Frame>);

RecordMemory CheckedMemory(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return RecordMemory(static_cast<char*>(memory));
}

RecordMemory AllocateUnaligned(size_t bytes) { return CheckedMemory(std::malloc(bytes)); }

bool IsMagic(const std::array<char, 4>& magic) {
  return std::string_view(magic.data(), magic.size()) == kWalRecordMagic;
}

void StampFrame(char* at, uint64_t number, const Uuid& segment) {
  Frame frame;
  std::memcpy(&frame, at, sizeof frame);
  frame.number = number;
  frame.segment = segment;
  frame.frame_crc = frame.Crc();
  std::memcpy(at, &frame, sizeof frame);
}

// The offset behind the zeros that fill up a block after a record which ends at `offset`; `offset`
// itself where there are none.
uint64_t SkipPadding(std::string_view file, uint64_t offset) {
  const uint64_t end = std::min<uint64_t>(WalRecord::RoundUp(offset), file.size());
  const std::string_view padding = file.substr(offset, end - offset);
  return padding.find_first_not_of('\0') == std::string_view::npos ? end : offset;
}

}  // namespace

RecordMemory WalRecord::AllocateBlocks(size_t bytes) {
  return CheckedMemory(std::aligned_alloc(kBlockBytes, RoundUp(std::max<size_t>(bytes, 1))));
}

WalRecord::WalRecord(WalRecordType type, std::string_view tenant, size_t payload_bytes_max,
                     const std::function<char*(char*)>& fill) {
  const size_t bytes_max = sizeof(Frame) + tenant.size() + payload_bytes_max;
  bytes_ = bytes_max < kSmallBytes ? AllocateUnaligned(bytes_max) : AllocateBlocks(bytes_max);
  char* payload = bytes_.get() + sizeof(Frame);
  std::memcpy(payload, tenant.data(), tenant.size());
  const auto payload_size = static_cast<size_t>(fill(payload + tenant.size()) - payload);
  size_ = sizeof(Frame) + payload_size;
  Frame frame{.payload_size = static_cast<uint32_t>(payload_size),
              .payload_crc = Crc32c({payload, payload_size}),
              .type = static_cast<uint8_t>(type),
              .tenant_size = static_cast<uint8_t>(tenant.size())};
  std::ranges::copy(kWalRecordMagic, frame.magic.begin());
  std::memcpy(bytes_.get(), &frame, sizeof frame);
  if (!is_small()) std::memset(bytes_.get() + size_, 0, RoundUp(size_) - size_);
}

WalRecord WalRecord::Batch(std::string_view tenant, size_t batch_bytes_max,
                           const std::function<char*(char*)>& fill) {
  return {WalRecordType::kBatch, tenant, batch_bytes_max, fill};
}

WalRecord WalRecord::Finished(std::span<const Uuid> segments) {
  const size_t bytes = segments.size_bytes();
  return {WalRecordType::kFinished, "", bytes, [&](char* to) {
            if (bytes > 0) std::memcpy(to, segments.data(), bytes);
            return to + bytes;
          }};
}

void WalRecord::Stamp(uint64_t number, const Uuid& segment) {
  StampFrame(bytes_.get(), number, segment);
}

std::optional<WalEntry> WalEntryAt(std::string_view file, uint64_t offset) {
  Frame frame;
  if (file.size() < offset + sizeof frame) return {};
  std::memcpy(&frame, file.data() + offset, sizeof frame);
  const bool is_frame = IsMagic(frame.magic) && frame.frame_crc == frame.Crc() &&
                        frame.payload_size <= kPayloadBytesMax &&
                        frame.tenant_size <= frame.payload_size;
  if (!is_frame || file.size() - offset - sizeof frame < frame.payload_size) return {};
  const std::string_view payload = file.substr(offset + sizeof frame, frame.payload_size);
  if (Crc32c(payload) != frame.payload_crc) return {};
  return WalEntry{.bytes = file.substr(offset, sizeof frame + payload.size()),
                  .type = static_cast<WalRecordType>(frame.type),
                  .number = frame.number,
                  .segment = frame.segment,
                  .tenant = payload.substr(0, frame.tenant_size),
                  .payload = payload.substr(frame.tenant_size)};
}

std::vector<Uuid> DecodeFinished(std::string_view payload) {
  std::vector<Uuid> segments(payload.size() / sizeof(Uuid));
  if (!segments.empty())
    std::memcpy(segments.data(), payload.data(), segments.size() * sizeof(Uuid));
  return segments;
}

std::string WithSegment(const WalEntry& entry, const Uuid& segment) {
  std::string copy(entry.bytes);
  StampFrame(copy.data(), entry.number, segment);
  return copy;
}

WalScan ScanWalRecords(std::string_view file, uint64_t offset, std::string_view magic,
                       const std::function<std::optional<uint64_t>(uint64_t offset)>& size_at,
                       const std::function<Status(uint64_t offset)>& visit) {
  const auto next_record = [&](uint64_t from) {
    size_t at = file.find(magic, from);
    while (at != std::string_view::npos && !size_at(at)) at = file.find(magic, at + 1);
    return std::min<uint64_t>(at, file.size());
  };
  WalScan scan;
  offset = SkipPadding(file, std::min<uint64_t>(offset, file.size()));
  scan.good_bytes = offset;
  while (offset < file.size()) {
    const std::optional<uint64_t> size = size_at(offset);
    if (!size) {
      const uint64_t next = next_record(offset + 1);
      WalDamage damage{offset, next - offset, "no record with a valid checksum"};
      if (next == file.size()) {
        scan.torn = std::move(damage);
        break;
      }
      scan.damaged.push_back(std::move(damage));
      offset = next;
      continue;
    }
    if (const Status status = visit(offset); !status)
      scan.damaged.push_back({offset, *size, status.error().message});
    offset = SkipPadding(file, offset + *size);
    scan.good_bytes = offset;
  }
  return scan;
}

}  // namespace vivace
