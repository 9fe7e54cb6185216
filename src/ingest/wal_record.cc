#include "ingest/wal_record.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/hash/crc32c.h"

namespace vivace {
namespace {

constexpr uint32_t kRecordMagic = 0x57564956;  // "VIVW"
constexpr uint32_t kRecordBytesMax = 1u << 30;

struct Frame {
  uint32_t magic;
  uint32_t size;
  uint32_t crc;
};
static_assert(sizeof(Frame) == kWalFrameBytes);

}  // namespace

AlignedMemory WalRecord::AllocateBlocks(size_t bytes) {
  auto* memory =
      static_cast<char*>(std::aligned_alloc(kBlockBytes, RoundUp(std::max<size_t>(bytes, 1))));
  if (memory == nullptr) throw std::bad_alloc();
  return AlignedMemory(memory);
}

WalRecord::WalRecord(size_t payload_bytes_max, const std::function<char*(char*)>& fill) {
  bytes_ = AllocateBlocks(sizeof(Frame) + payload_bytes_max);
  char* payload = bytes_.get() + sizeof(Frame);
  const char* end = fill(payload);
  const auto payload_size = static_cast<size_t>(end - payload);
  size_ = sizeof(Frame) + payload_size;
  const Frame frame{kRecordMagic, static_cast<uint32_t>(payload_size),
                    Crc32c({payload, payload_size})};
  std::memcpy(bytes_.get(), &frame, sizeof frame);
  std::memset(bytes_.get() + size_, 0, RoundUp(size_) - size_);
}

WalRecord::WalRecord(std::string_view payload)
    : WalRecord(payload.size(),
                [&](char* to) { return std::copy(payload.begin(), payload.end(), to); }) {}

std::string_view WalRecordAt(std::string_view file, uint64_t offset) {
  Frame frame{};
  if (file.size() < offset + sizeof frame) return {};
  std::memcpy(&frame, file.data() + offset, sizeof frame);
  if (frame.magic != kRecordMagic || frame.size > kRecordBytesMax ||
      file.size() - offset - sizeof frame < frame.size)
    return {};
  const std::string_view payload = file.substr(offset + sizeof frame, frame.size);
  return Crc32c(payload) == frame.crc ? payload : std::string_view();
}

uint64_t SkipWalPadding(std::string_view file, uint64_t offset) {
  const uint64_t end = std::min<uint64_t>(WalRecord::RoundUp(offset), file.size());
  const std::string_view padding = file.substr(offset, end - offset);
  return padding.find_first_not_of('\0') == std::string_view::npos ? end : offset;
}

uint64_t NextWalRecord(std::string_view file, uint64_t offset) {
  const std::string_view magic(reinterpret_cast<const char*>(&kRecordMagic), sizeof kRecordMagic);
  for (size_t at = file.find(magic, offset); at != std::string_view::npos;
       at = file.find(magic, at + 1)) {
    if (WalRecordAt(file, at).data() != nullptr) return at;
  }
  return file.size();
}

}  // namespace vivace
