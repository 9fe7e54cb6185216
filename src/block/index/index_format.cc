#include "block/index/index_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/compression/compress.h"
#include "base/compression/decompress.h"
#include "base/hash/crc32c.h"
#include "block/index/index_encoding.h"

namespace vivace {
namespace {

constexpr std::string_view kIndexMagic = "VIVINDEX";
constexpr uint32_t kIndexVersion = 1;
constexpr uint64_t kFixedHeaderBytes = kIndexPrefixBytes + 8 + 8 + 4 + 4;
constexpr uint64_t kSectionEntryBytes = 36;
constexpr uint64_t kHeaderChecksumBytes = 4;
// Small blocks have sections that take more room than their data does.
constexpr uint64_t kRawSectionBytesAlways = uint64_t{1} << 20;

IndexSectionEntry ReadSectionEntry(IndexDecoder& decoder) {
  IndexSectionEntry entry;
  entry.kind = static_cast<IndexSection>(decoder.Fixed32());
  entry.row_group = decoder.Fixed32();
  entry.offset = decoder.Fixed64();
  entry.stored_bytes = decoder.Fixed64();
  entry.raw_bytes = decoder.Fixed64();
  entry.crc32c = decoder.Fixed32();
  return entry;
}

Status CheckSectionEntry(const IndexSectionEntry& entry, const IndexHeader& header,
                         uint64_t file_bytes) {
  if (entry.offset > file_bytes || entry.stored_bytes > file_bytes - entry.offset) {
    return Damaged(fmt::format("a section of {} bytes at {} in a file of {}", entry.stored_bytes,
                               entry.offset, file_bytes));
  }
  if (!IsInPieces(entry.kind) && entry.raw_bytes > RawSectionBytesMax(header.block.data_bytes))
    return Damaged(fmt::format("a section of {} bytes of a block of {}", entry.raw_bytes,
                               header.block.data_bytes));
  if (entry.row_group != IndexSectionEntry::kWholeBlock &&
      entry.row_group >= header.row_group_traces.size())
    return Damaged(fmt::format("a section of row group {} of {}", entry.row_group,
                               header.row_group_traces.size()));
  return {};
}

Status CheckBlock(const IndexHeader& header, const IndexedBlock& block) {
  if (header.block.data_bytes != block.data_bytes || header.block.traces != block.traces) {
    return Damaged(
        fmt::format("it belongs to another block: one of {} traces and {} bytes, not of {} and {}",
                    header.block.traces, header.block.data_bytes, block.traces, block.data_bytes));
  }
  const uint64_t traces =
      std::accumulate(header.row_group_traces.begin(), header.row_group_traces.end(), uint64_t{0});
  if (traces != block.traces)
    return Damaged(fmt::format("row groups of {} traces, expected {}", traces, block.traces));
  return {};
}

}  // namespace

const IndexSectionEntry* IndexHeader::Find(IndexSection kind, uint32_t row_group) const {
  const auto found = std::ranges::find_if(sections, [&](const IndexSectionEntry& entry) {
    return entry.kind == kind && entry.row_group == row_group;
  });
  return found == sections.end() ? nullptr : &*found;
}

uint64_t IndexHeaderBytes(size_t row_groups, size_t sections) {
  return kFixedHeaderBytes + row_groups * sizeof(uint32_t) + sections * kSectionEntryBytes +
         kHeaderChecksumBytes;
}

std::string EncodeIndexHeader(const IndexHeader& header) {
  IndexEncoder encoder;
  for (const char byte : kIndexMagic) encoder.PutByte(static_cast<uint8_t>(byte));
  encoder.PutFixed32(kIndexVersion);
  encoder.PutFixed32(static_cast<uint32_t>(
      IndexHeaderBytes(header.row_group_traces.size(), header.sections.size())));
  encoder.PutFixed64(header.block.data_bytes);
  encoder.PutFixed64(header.block.traces);
  encoder.PutFixed32(static_cast<uint32_t>(header.row_group_traces.size()));
  encoder.PutFixed32(static_cast<uint32_t>(header.sections.size()));
  for (const uint32_t traces : header.row_group_traces) encoder.PutFixed32(traces);
  for (const IndexSectionEntry& entry : header.sections) {
    encoder.PutFixed32(static_cast<uint32_t>(entry.kind));
    encoder.PutFixed32(entry.row_group);
    encoder.PutFixed64(entry.offset);
    encoder.PutFixed64(entry.stored_bytes);
    encoder.PutFixed64(entry.raw_bytes);
    encoder.PutFixed32(entry.crc32c);
  }
  encoder.PutFixed32(Crc32c(encoder.bytes()));
  return encoder.Take();
}

Result<uint64_t> ParseIndexPrefix(std::string_view prefix, uint64_t file_bytes) {
  if (!prefix.starts_with(kIndexMagic)) return Damaged("it does not begin as an index does");
  IndexDecoder decoder(prefix.substr(kIndexMagic.size()));
  const uint32_t version = decoder.Fixed32();
  const uint64_t header_bytes = decoder.Fixed32();
  if (!decoder.ok()) return Damaged(fmt::format("only {} bytes", prefix.size()));
  if (version != kIndexVersion)
    return Fail(ErrorCode::kUnimplemented, fmt::format("version {} is not known", version));
  if (header_bytes < IndexHeaderBytes(0, 0) ||
      header_bytes > std::min(file_bytes, kIndexHeaderBytesMax)) {
    return Damaged(fmt::format("a header of {} bytes in a file of {}", header_bytes, file_bytes));
  }
  return header_bytes;
}

Result<IndexHeader> ParseIndexHeader(std::string_view bytes, uint64_t file_bytes,
                                     const IndexedBlock& block) {
  VIVACE_ASSIGN(const uint64_t header_bytes, ParseIndexPrefix(bytes, file_bytes));
  if (header_bytes != bytes.size())
    return Damaged(fmt::format("a header of {} bytes, expected {}", bytes.size(), header_bytes));
  const std::string_view content = bytes.substr(0, bytes.size() - kHeaderChecksumBytes);
  if (IndexDecoder(bytes.substr(content.size())).Fixed32() != Crc32c(content))
    return Damaged("the header does not match its checksum");
  IndexDecoder decoder(content.substr(kIndexPrefixBytes));
  IndexHeader header;
  header.block.data_bytes = decoder.Fixed64();
  header.block.traces = decoder.Fixed64();
  const uint64_t row_groups = decoder.Fixed32();
  const uint64_t sections = decoder.Fixed32();
  if (IndexHeaderBytes(row_groups, sections) != bytes.size())
    return Damaged(fmt::format("{} row groups and {} sections in a header of {} bytes", row_groups,
                               sections, bytes.size()));
  for (uint64_t i = 0; i < row_groups; ++i) header.row_group_traces.push_back(decoder.Fixed32());
  VIVACE_TRY(CheckBlock(header, block));
  for (uint64_t i = 0; i < sections; ++i) {
    header.sections.push_back(ReadSectionEntry(decoder));
    VIVACE_TRY(CheckSectionEntry(header.sections.back(), header, file_bytes));
  }
  return header;
}

uint64_t RawSectionBytesMax(uint64_t data_bytes) {
  return std::max(kRawSectionBytesAlways, data_bytes);
}

std::string StoreIndexSection(std::string_view raw) {
  const Result<std::string> compressed = Compress("zstd", raw);
  return compressed.has_value() && compressed->size() < raw.size() ? *compressed : std::string(raw);
}

Result<std::string> LoadIndexSection(const IndexSectionEntry& entry, std::string stored) {
  if (Crc32c(stored) != entry.crc32c)
    return Damaged(fmt::format("the section at {} does not match its checksum", entry.offset));
  if (entry.raw_bytes == entry.stored_bytes) return stored;
  const Result<std::string> raw = Decompress("zstd", stored, entry.raw_bytes);
  if (!raw.has_value() || raw->size() != entry.raw_bytes)
    return Damaged(fmt::format("the section at {} cannot be decompressed", entry.offset));
  return *raw;
}

}  // namespace vivace
