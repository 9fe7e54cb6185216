// A part of the WAL as replay reads it. The first byte of an input controls whether checksums are
// repaired before reading: with valid ones mutations reach the decoder of the payload, without them
// the search for the next good record.
#include <cstring>

#include "base/hash/crc32c.h"
#include "base/memory_file_system.h"
#include "batch_checks.h"
#include "ingest/wal_part.h"

namespace vivace::fuzz {
namespace {

constexpr std::string_view kMark = "VIVW";
constexpr size_t kFrameBytes = 12;  // magic number, size, checksum
constexpr std::string_view kFileMagic = "VIVWAL01";

void RepairChecksums(std::string& file) {
  for (size_t at = file.find(kMark); at != std::string::npos; at = file.find(kMark, at + 1)) {
    uint32_t size = 0;
    if (file.size() - at < kFrameBytes) return;
    std::memcpy(&size, file.data() + at + kMark.size(), sizeof size);
    if (size > file.size() - at - kFrameBytes) continue;
    const uint32_t crc = Crc32c(std::string_view(file).substr(at + kFrameBytes, size));
    std::memcpy(file.data() + at + 2 * sizeof size, &crc, sizeof crc);
  }
}

void ReplayPart(std::string_view file) {
  MemoryFileSystem files;
  const Status written = files.Open("/part.wal", OpenMode::kCreate).value()->Append(file);
  Require(written.has_value(), "the input can be written");
  Segment segment;
  const auto contents = ReadWalPart(files, "/part.wal", [&](std::string_view payload) -> Status {
    VIVACE_ASSIGN(const SpanBatch batch, DecodeSpanBatch(payload));
    segment.Append(batch);
    SpanBatchBuilder out;
    for (const TraceId& id : TracesOf(batch))
      Require(segment.FindTrace(id, out), "a segment finds each trace replayed into it");
    Require(out.batch().spans.size() >= batch.spans.size(),
            "a segment gives back all spans replayed into it");
    return {};
  });
  if (!contents.has_value()) return;
  Require(contents->good_bytes + contents->torn.size == file.size(),
          "good and torn bytes make up the file");
}

}  // namespace

std::vector<std::string> Seeds() {
  testing::Random random(11);
  std::vector<std::string> seeds;
  for (const char repair : {'\0', '\1'}) {
    for (int batches = 0; batches < 6; ++batches) {
      std::string file = repair + std::string(kFileMagic);
      file += WalRecord("0123456789abcdeftenant").view();
      for (int i = 0; i < batches; ++i) {
        const SpanBatch batch =
            testing::RandomBatch(random, {testing::RandomId<TraceId>(random)}, 1 + i);
        std::string payload;
        EncodeSpanBatch(batch, payload);
        file += WalRecord(payload).view();
      }
      seeds.push_back(std::move(file));
    }
  }
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string file(vivace::fuzz::AsText(data + 1, size - 1));
  if ((data[0] & 1) != 0) vivace::fuzz::RepairChecksums(file);
  vivace::fuzz::ReplayPart(file);
  return 0;
}
