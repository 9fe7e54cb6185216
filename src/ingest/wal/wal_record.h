// WalRecord: a framed record of the write-ahead log (docs/wal-format.md). A large one lies in
// memory that a disk can take directly: aligned, and with zeros behind it up to the next whole
// block; small ones are copied together before they are written.
//
// A record says by itself what it is: its type, its number, and for a batch the tenant and the
// segment that it belongs to, so that it can be read, skipped or copied without its neighbours. A
// value: made by the thread that has the payload, then moved to the commit thread, which stamps it
// and hands it to the kernel without looking at the payload again.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/uuid.h"

namespace vivace {

struct FreeMemory {
  void operator()(char* memory) const { std::free(memory); }
};
using RecordMemory = std::unique_ptr<char, FreeMemory>;

enum class WalRecordType : uint8_t {
  kBatch = 1,     // spans of one segment
  kFinished = 2,  // ids of segments whose records are needed no more: they are in blocks
};

class WalRecord {
 public:
  // Alignment that direct writes need, in memory and in the file.
  static constexpr size_t kBlockBytes = File::kDirectBlockBytes;
  // Records below this don't take blocks of their own.
  static constexpr size_t kSmallBytes = 16 << 10;
  // Whole blocks for `bytes`, one at least.
  static RecordMemory AllocateBlocks(size_t bytes);

  WalRecord() = default;
  // `fill` writes the encoded batch, of at most `batch_bytes_max`, to the given address and returns
  // its end. A tenant has at most 255 bytes.
  static WalRecord Batch(std::string_view tenant, size_t batch_bytes_max,
                         const std::function<char*(char*)>& fill);
  static WalRecord Finished(std::span<const Uuid> segments);

  // What is known only when the record is written. `number` tells the segment's records apart;
  // copies of a record keep it.
  void Stamp(uint64_t number, const Uuid& segment);

  std::string_view view() const { return {bytes_.get(), size_}; }
  size_t size() const { return size_; }
  // Whether it is to be written together with others.
  bool is_small() const { return size_ < kSmallBytes; }
  // With the zeros behind it; not of small ones.
  std::string_view padded() const { return {bytes_.get(), RoundUp(size_)}; }

  static constexpr size_t RoundUp(size_t size) {
    return (size + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  }

 private:
  WalRecord(WalRecordType type, std::string_view tenant, size_t payload_bytes_max,
            const std::function<char*(char*)>& fill);

  RecordMemory bytes_;
  size_t size_ = 0;
};

// A record as it lies in a file.
struct WalEntry {
  std::string_view bytes;  // frame and payload
  WalRecordType type{};    // may be one that this release does not know
  uint64_t number = 0;
  Uuid segment;
  std::string_view tenant;
  std::string_view payload;  // behind the tenant
};

// The record at `offset`, if there is a complete and valid one.
std::optional<WalEntry> WalEntryAt(std::string_view file, uint64_t offset);

// The ids in the payload of a kFinished record.
std::vector<Uuid> DecodeFinished(std::string_view payload);

// The same record as one of another segment.
std::string WithSegment(const WalEntry& entry, const Uuid& segment);

// Bytes of a record beside its payload, and what they begin with.
inline constexpr size_t kWalFrameBytes = 48;
inline constexpr std::string_view kWalRecordMagic = "VIVR";

// A range of a file that holds no readable record.
struct WalDamage {
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string reason;
};

struct WalScan {
  uint64_t good_bytes = 0;         // up to the end of the last good record
  std::vector<WalDamage> damaged;  // before good_bytes
  WalDamage torn;                  // behind good_bytes; size 0: none
};

// Walks over the records from `offset` on. `size_at` gives the size of a valid record that begins
// at an offset, or nothing; where there is none the next one is searched for, by the magic that all
// begin with. `visit` gets the offset of each; where it returns an error the record counts as
// damaged. Zeros that fill up a block are skipped.
WalScan ScanWalRecords(std::string_view file, uint64_t offset, std::string_view magic,
                       const std::function<std::optional<uint64_t>(uint64_t offset)>& size_at,
                       const std::function<Status(uint64_t offset)>& visit);

}  // namespace vivace
