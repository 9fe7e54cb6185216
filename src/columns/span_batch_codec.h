// The bytes of a SpanBatch as the WAL holds them: its arrays, one after the other
// (docs/wal-format.md).
//
// Encoding copies memory and nothing else; decoding checks every count, code and range, so that
// damaged bytes give an error and never a batch that points outside itself. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "columns/span_batch.h"

namespace vivace {

// Writes the encoded batch to `out`, which has room for EncodedSpanBatchBytesMax, and returns its
// end.
char* EncodeSpanBatch(const SpanBatch& batch, char* out);
size_t EncodedSpanBatchBytesMax(const SpanBatch& batch);
// Appends it to `out`.
void EncodeSpanBatch(const SpanBatch& batch, std::string& out);

// DATA_LOSS with the array that is wrong, where the bytes are no batch.
Result<SpanBatch> DecodeSpanBatch(std::string_view bytes);

}  // namespace vivace
