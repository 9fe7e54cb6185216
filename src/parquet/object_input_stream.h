// ObjectInputStream: a range of an object as an Arrow input stream, fetched piece by piece: for
// files that do not say where their pages lie. Pages that are skipped are read all the same (Arrow
// skips by reading), but no byte behind the last page wanted, give or take a piece. An error of the
// store leaves as StoreFailure (arrow_errors.h). One thread. Inside src/parquet only.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <string>

#include "parquet/object_source.h"

namespace vivace {

class ObjectInputStream : public arrow::io::InputStream {
 public:
  static constexpr uint64_t kPieceBytes = 64 << 10;

  // `source` and `stats` must outlive the stream.
  ObjectInputStream(const ObjectSource& source, ByteRange range, ReadStats& stats)
      : source_(source), range_(range), stats_(stats) {}

  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return static_cast<int64_t>(position_); }
  arrow::Result<int64_t> Read(int64_t size, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override;
  arrow::Result<std::string_view> Peek(int64_t size) override;

 private:
  // Makes up to `size` bytes from the position on available in piece_.
  arrow::Result<std::string_view> Fetch(int64_t size);

  const ObjectSource& source_;
  const ByteRange range_;
  ReadStats& stats_;
  uint64_t position_ = 0;  // within range_
  std::string piece_;
  uint64_t piece_begin_ = 0;  // within range_
  bool closed_ = false;
};

}  // namespace vivace
