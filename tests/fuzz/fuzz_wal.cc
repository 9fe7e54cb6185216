// A file of the WAL as replay reads it, of either version. The first byte of an input controls
// whether checksums are repaired before reading: with valid ones mutations reach the decoder of the
// payload, without them the search for the next good record.
#include <cstring>

#include "base/hash/crc32c.h"
#include "base/memory_file_system.h"
#include "batch_checks.h"
#include "ingest/wal/wal_file.h"
#include "ingest/wal/wal_part_v1.h"

namespace vivace::fuzz {
namespace {

constexpr std::string_view kFileMagic = "VIVWAL02";
constexpr std::string_view kPartMagic = "VIVWAL01";

void Put(std::string& file, size_t at, uint32_t value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

uint32_t Get(const std::string& file, size_t at) {
  uint32_t value = 0;
  std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}

// Of version 1: magic number, size and checksum, then the payload.
void RepairPart(std::string& file) {
  constexpr size_t kFrame = 12;
  for (size_t at = file.find("VIVW"); at != std::string::npos; at = file.find("VIVW", at + 1)) {
    if (file.size() - at < kFrame || Get(file, at + 4) > file.size() - at - kFrame) continue;
    Put(file, at + 8, Crc32c(std::string_view(file).substr(at + kFrame, Get(file, at + 4))));
  }
}

// Of version 2: magic number, size and checksum of the payload, more, checksum of the frame.
void RepairFile(std::string& file) {
  for (size_t at = file.find(kWalRecordMagic); at != std::string::npos;
       at = file.find(kWalRecordMagic, at + 1)) {
    if (file.size() - at < kWalFrameBytes) return;
    const size_t left = file.size() - at - kWalFrameBytes;
    if (Get(file, at + 4) <= left) {
      const auto payload = std::string_view(file).substr(at + kWalFrameBytes, Get(file, at + 4));
      Put(file, at + 8, Crc32c(payload));
    }
    const auto frame = std::string_view(file).substr(at, kWalFrameBytes - 4);
    Put(file, at + kWalFrameBytes - 4, Crc32c(frame));
  }
}

Status Replay(std::string_view payload, Segment& segment) {
  VIVACE_ASSIGN(const SpanBatch batch, DecodeSpanBatch(payload));
  segment.Append(batch);
  SpanBatchBuilder out;
  for (const TraceId& id : TracesOf(batch))
    Require(segment.FindTrace(id, out), "a segment finds each trace replayed into it");
  Require(out.batch().spans.size() >= batch.spans.size(),
          "a segment gives back all spans replayed into it");
  return {};
}

void RequireWhole(const WalScan& scan, std::string_view file) {
  Require(scan.good_bytes + scan.torn.size == file.size(), "good and torn bytes make up the file");
}

void ReplayFile(std::string_view file) {
  MemoryFileSystem files;
  const Status written = files.Open("/file", OpenMode::kCreate).value()->Append(file);
  Require(written.has_value(), "the input can be written");
  Segment segment;
  if (const auto contents = ReadWalFile(files, "/file")) {
    for (const WalEntry& entry : contents->batches) (void)Replay(entry.payload, segment);
    RequireWhole(contents->scan, file);
  }
  const auto part = ReadWalPartV1(
      files, "/file", [&](std::string_view payload) { return Replay(payload, segment); });
  if (part) RequireWhole(part->records, file);
}

std::string PayloadOf(testing::Random& random, int spans) {
  std::string payload;
  EncodeSpanBatch(testing::RandomBatch(random, {testing::RandomId<TraceId>(random)}, spans),
                  payload);
  return payload;
}

std::string RecordOf(std::string_view payload) {
  WalRecord record = WalRecord::Batch("tenant", payload.size(),
                                      [&](char* to) { return std::ranges::copy(payload, to).out; });
  record.Stamp(7, Uuid::Random());
  return std::string(record.view());
}

std::string PartRecordOf(std::string_view payload) {
  std::string record = "VIVW12345678";
  Put(record, 4, static_cast<uint32_t>(payload.size()));
  Put(record, 8, Crc32c(payload));
  return record.append(payload);
}

}  // namespace

std::vector<std::string> Seeds() {
  testing::Random random(11);
  std::vector<std::string> seeds;
  for (const char repair : {'\0', '\1'}) {
    for (int batches = 0; batches < 6; ++batches) {
      WalRecord finished = WalRecord::Finished(std::vector<Uuid>(static_cast<size_t>(batches)));
      finished.Stamp(0, {});
      std::string file = repair + std::string(kFileMagic) + std::string(finished.view());
      std::string part = repair + std::string(kPartMagic) + PartRecordOf("0123456789abcdeftenant");
      for (int i = 0; i < batches; ++i) {
        const std::string payload = PayloadOf(random, 1 + i);
        file += RecordOf(payload);
        part += PartRecordOf(payload);
      }
      seeds.push_back(std::move(file));
      seeds.push_back(std::move(part));
    }
  }
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string file(vivace::fuzz::AsText(data + 1, size - 1));
  if ((data[0] & 1) != 0) {
    vivace::fuzz::RepairFile(file);
    vivace::fuzz::RepairPart(file);
  }
  vivace::fuzz::ReplayFile(file);
  return 0;
}
