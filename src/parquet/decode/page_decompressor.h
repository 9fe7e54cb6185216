// PageDecompressor: checks and decompresses the pages that are read past Arrow: zstd, of bounded
// size.
//
// One per thread, because a zstd context costs more to make than most pages to decompress
// (measured: a fifth of a trace lookup). Not for several threads at once. Inside src/parquet only.
#pragma once

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "parquet/decode/page_header.h"
#include "parquet/row_group.h"

namespace vivace {

class PageDecompressor {
 public:
  static PageDecompressor& ThreadLocal();

  // The header and into `body` the decompressed bytes of the page that `page` is, exactly. None
  // where that is not so: damage, a wrong checksum, another codec than zstd, a page that is
  // unusually large. `body` then has any content.
  std::optional<PageHeader> Decompress(std::string_view page, const ColumnChunk& chunk,
                                       std::string& body);
  // The same of a dictionary page: the number of its values, and into `plain` the values in plain
  // encoding. None also where it is another page, or its values are encoded otherwise.
  std::optional<uint32_t> DecompressDictionary(std::string_view page, const ColumnChunk& chunk,
                                               std::string& plain);

 private:
  PageDecompressor();
  std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context_;
};

}  // namespace vivace
