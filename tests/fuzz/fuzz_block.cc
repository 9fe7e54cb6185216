// Damaged blocks: a lookup in one ends in an answer or an error.
//
// An input is: which block (one of Tempo's, one of ours), which of its objects, then either the
// object's whole new content (small ones) or edits of it: position (3 bytes, from the front or the
// back), kind, value.

#include <algorithm>
#include <memory>
#include <set>

#include "base/log.h"
#include "base/posix_file_system.h"
#include "block/block_reader.h"
#include "block/block_writer.h"
#include "columns/random_batch_for_test.h"
#include "columns/segment.h"
#include "fuzz_target.h"
#include "object/local_store.h"
#include "object/memory_store.h"

namespace vivace::fuzz {
namespace {

constexpr size_t kHeadBytes = 2;
constexpr size_t kEditBytes = 5;
constexpr std::string_view kTenant = "edge";

struct SeedBlock {
  Uuid id;
  std::vector<TraceId> traces;
  std::unique_ptr<MemoryStore> store = std::make_unique<MemoryStore>();

  std::string KeyOf(std::string_view name) const { return BlockKey(kTenant, id, name); }
};

// Tempo's block of the edge cases. Its ids are those of tests/conformance/edge.jsonl.
SeedBlock TempoBlock() {
  SeedBlock block;
  block.id = Uuid::Parse("62abc253-df34-40a8-a51e-2fbc50e02af6").value();
  PosixFileSystem disk;
  const auto files =
      LocalStore::Open(disk, VIVACE_SOURCE_DIR "/tests/data/blocks/vParquet4").value();
  const std::string prefix = BlockPrefix(kTenant, block.id);
  const std::vector<std::string> names = files->List(prefix).value();
  for (const std::string& name : names)
    block.store->Write(prefix + "/" + name, files->Read(prefix + "/" + name).value()).value();
  std::set<TraceId> traces;
  constexpr std::string_view kField = R"("traceId":")";
  for (const std::string& request : ReadSourceLines("tests/conformance/edge.jsonl")) {
    const size_t at = request.find(kField);
    if (at == std::string::npos) continue;
    const auto id = ParseTraceId(request.substr(at + kField.size(), 2 * TraceId::kBytes));
    if (id.has_value()) traces.insert(*id);
  }
  block.traces.assign(traces.begin(), traces.end());
  return block;
}

SeedBlock OwnBlock() {
  SeedBlock block;
  block.id = Uuid::Parse("00000000-0000-4000-8000-000000000001").value();
  testing::Random random(5);
  for (int i = 0; i < 40; ++i) block.traces.push_back(testing::RandomId<TraceId>(random));
  Segment segment;
  segment.Append(testing::RandomBatch(random, block.traces, 200));
  BlockOptions options;
  options.row_group_spans = 100;
  const auto written = WriteBlock(segment, *block.store, std::string(kTenant), block.id, options);
  Require(written.has_value(), "a block can be written");
  return block;
}

const SeedBlock& BlockOf(uint8_t choice) {
  static const SeedBlock blocks[] = {TempoBlock(), OwnBlock()};
  return blocks[choice % 2];
}

enum Object : uint8_t { kData, kExtra, kBloom, kMeta, kIndex, kObjects };
std::string NameOf(Object object) {
  switch (object) {
    case kExtra:
      return std::string(kExtraName);
    case kBloom:
      return BloomName(0);
    case kMeta:
      return std::string(kMetaName);
    case kIndex:
      return std::string(kIndexName);
    default:
      return std::string(kDataName);
  }
}

void Edit(std::string& bytes, const uint8_t* edit) {
  if (bytes.empty()) return;
  const size_t distance =
      (size_t{edit[0]} | size_t{edit[1]} << 8 | size_t{edit[2]} << 16) % bytes.size();
  const size_t at = (edit[3] & 1) != 0 ? bytes.size() - 1 - distance : distance;
  switch (edit[3] / 2 % 5) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ edit[4]);
      break;
    case 1:
      bytes[at] = static_cast<char>(edit[4]);
      break;
    case 2:
      bytes[at] = static_cast<char>(bytes[at] + edit[4]);
      break;
    case 3:
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at),
                  std::min<size_t>(edit[4], bytes.size() - at), '\xff');
      break;
    default:
      if (edit[4] < 32) bytes.resize(at);
  }
}

std::string Damaged(std::string bytes, Object object, const uint8_t* data, size_t size) {
  if (object == kMeta || object == kIndex) return std::string(AsText(data, size));
  for (size_t at = 0; at + kEditBytes <= size; at += kEditBytes) Edit(bytes, data + at);
  return bytes;
}

void LookUp(const SeedBlock& block, const ObjectStore& store, size_t trace) {
  const auto reader = BlockReader::Open(store, std::string(kTenant), block.id);
  if (!reader.has_value())
    return Require(!reader.error().message.empty(), "an error has a message");
  SpanBatchBuilder out;
  BlockReadStats stats;
  const Result<bool> found =
      (*reader)->FindTrace(block.traces[trace % block.traces.size()], out, stats);
  if (!found.has_value())
    Require(out.batch().spans.size() == 0, "after an error nothing has been appended");
  testing::CanonicalSpans(out.batch());
  (*reader)->MemoryBytes();
}

}  // namespace

std::vector<std::string> Seeds() {
  ConfigureLog(LogLevel::kError, LogFormat::kLogfmt);  // a damaged extra file is a warning
  std::vector<std::string> seeds;
  for (uint8_t block = 0; block < 2; ++block) {
    for (uint8_t object = 0; object < kObjects; ++object) {
      std::string head = {static_cast<char>(block), static_cast<char>(object)};
      const auto bytes =
          BlockOf(block).store->Read(BlockOf(block).KeyOf(NameOf(static_cast<Object>(object))));
      if (!bytes.has_value()) continue;
      if (object == kMeta || object == kIndex) {
        seeds.push_back(head + *bytes);
        continue;
      }
      seeds.push_back(head);
      for (uint8_t i = 1; i < 100; ++i) {
        seeds.push_back(head + std::string({static_cast<char>(i * 37), static_cast<char>(i * 3),
                                            '\0', static_cast<char>(i), '\x7f'}));
      }
    }
  }
  return seeds;
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace::fuzz;
  if (size < kHeadBytes) return 0;
  const SeedBlock& block = BlockOf(data[0]);
  const auto object = static_cast<Object>(data[1] % kObjects);
  const std::string key = block.KeyOf(NameOf(object));
  const auto whole = block.store->Read(key);
  if (!whole.has_value()) return 0;
  block.store->Write(key, Damaged(*whole, object, data + kHeadBytes, size - kHeadBytes)).value();
  LookUp(block, *block.store, size_t{data[0]} / 2);
  block.store->Write(key, *whole).value();
  return 0;
}
