#include "parquet/object_input_stream.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "parquet/arrow_errors.h"

namespace vivace {

arrow::Status ObjectInputStream::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

arrow::Result<std::string_view> ObjectInputStream::Fetch(int64_t size) {
  const uint64_t wanted =
      std::min(static_cast<uint64_t>(std::max<int64_t>(size, 0)), range_.size - position_);
  const bool held = position_ >= piece_begin_ && position_ + wanted <= piece_begin_ + piece_.size();
  if (!held) {
    const uint64_t length = std::min(std::max(wanted, kPieceBytes), range_.size - position_);
    Result<std::string> bytes =
        source_.Read(range_.offset + position_, length, stats_, &ReadStats::data_bytes);
    if (!bytes.has_value()) throw StoreFailure(std::move(bytes).error());
    piece_ = *std::move(bytes);
    piece_begin_ = position_;
  }
  return std::string_view(piece_).substr(position_ - piece_begin_, wanted);
}

arrow::Result<std::string_view> ObjectInputStream::Peek(int64_t size) { return Fetch(size); }

arrow::Result<int64_t> ObjectInputStream::Read(int64_t size, void* out) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, Fetch(size));
  std::memcpy(out, bytes.data(), bytes.size());
  position_ += bytes.size();
  return static_cast<int64_t>(bytes.size());
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ObjectInputStream::Read(int64_t size) {
  ARROW_ASSIGN_OR_RAISE(const std::string_view bytes, Fetch(size));
  position_ += bytes.size();
  return arrow::Buffer::FromString(std::string(bytes));
}

}  // namespace vivace
