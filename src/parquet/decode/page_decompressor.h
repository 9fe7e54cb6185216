// PageDecompressor: checks and decompresses the pages that are read past Arrow: zstd, of bounded size.
//
// One per thread, because a zstd context costs more to make than most pages to decompress (measured: a fifth of a trace lookup). Not for
// several threads at once. Inside src/parquet and src/block only.
#pragma once

#include <zstd.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "parquet/decode/page_header.h"
#include "parquet/parquet_file.h"

namespace vivace {

class PageDecompressor {
 public:
  static PageDecompressor& OfThread();

  // The header and into `body` the decompressed bytes of the page that `page` is, exactly. None where that is not so: damage, a wrong
  // checksum, another codec than zstd, a page that is unusually large. `body` then has any content.
  std::optional<PageHeader> Decompress(std::string_view page, const Chunk& chunk, std::string& body);

 private:
  PageDecompressor();
  std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context_;
};

}  // namespace vivace
