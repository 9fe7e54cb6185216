#include "api/parameters/trace_parameters.h"

#include <fmt/format.h>

#include "api/parameters/bad_request.h"
#include "base/error_context.h"
#include "base/go_format.h"

namespace vivace {
namespace {

Result<LookupMode> ParseMode(std::string_view mode) {
  if (mode.empty() || mode == "all") return LookupMode::kAll;
  if (mode == "ingesters") return LookupMode::kIngesters;
  if (mode == "blocks") return LookupMode::kBlocks;
  if (mode == "external") return Fail(ErrorCode::kUnknown, "external mode is not enabled");
  return BadRequest(fmt::format("invalid value for mode {}", mode));
}

// The canonical 36 characters, from any of the four forms that Go's uuid package accepts.
Result<std::string_view> PlainUuid(std::string_view text) {
  if (text.size() == 36) return text;
  if (text.size() == 38) return text.substr(1, 36);
  if (text.size() != 45) return BadRequest(fmt::format("invalid UUID length: {}", text.size()));
  if (!text.starts_with("urn:uuid:"))
    return BadRequest(fmt::format("invalid urn prefix: \"{}\"", text.substr(0, 9)));
  return text.substr(9);
}

Result<BlockId> ParseUuid(std::string_view text) {
  std::string digits(text);
  if (text.size() != 32) {
    VIVACE_ASSIGN(const std::string_view plain, PlainUuid(text));
    if (plain[8] != '-' || plain[13] != '-' || plain[18] != '-' || plain[23] != '-')
      return BadRequest("invalid UUID format");
    digits = fmt::format("{}{}{}{}{}", plain.substr(0, 8), plain.substr(9, 4), plain.substr(14, 4),
                         plain.substr(19, 4), plain.substr(24));
  }
  const Result<std::string> raw = FromHex(digits);
  if (!raw) return BadRequest("invalid UUID format");
  BlockId id;
  std::copy(raw->begin(), raw->end(), id.begin());
  return id;
}

Status ReadBlock(const ApiRequest& request, std::string_view parameter, std::string_view shown,
                 BlockId& block) {
  const std::string_view text = request.Parameter(parameter);
  if (text.empty()) return {};
  Result<BlockId> id = ParseUuid(text);
  if (!id) return BadRequest(fmt::format("invalid value for {}: {}", shown, id.error().message));
  block = *id;
  return {};
}

Status ReadWideSeconds(const ApiRequest& request, std::string_view parameter, int64_t& seconds) {
  const std::string_view text = request.Parameter(parameter);
  if (text.empty()) return {};
  VIVACE_ASSIGN(seconds,
                WithContext(ParseGoInt(text, "ParseInt"), fmt::format("invalid {}", parameter)));
  return {};
}

Status ReadWindow(const ApiRequest& request, TraceRequest& trace) {
  VIVACE_TRY(ReadWideSeconds(request, "start", trace.start_unix_seconds));
  VIVACE_TRY(ReadWideSeconds(request, "end", trace.end_unix_seconds));
  if (trace.start_unix_seconds != 0 && trace.end_unix_seconds != 0 &&
      trace.end_unix_seconds <= trace.start_unix_seconds) {
    return BadRequest(
        fmt::format("http parameter start must be before end. received start={} end={}",
                    trace.start_unix_seconds, trace.end_unix_seconds));
  }
  return {};
}

Status ReadRf1After(const ApiRequest& request, TraceRequest& trace) {
  const std::string_view text = request.Parameter("rf1After");
  if (text.empty()) return {};
  Result<int64_t> nanos = ParseGoTime(text);
  if (!nanos) return BadRequest("invalid rf1After: " + nanos.error().message);
  trace.rf1_after_unix_nanos = *nanos;
  return {};
}

}  // namespace

Result<TraceRequest> ParseTraceRequest(const ApiRequest& request) {
  TraceRequest trace;
  VIVACE_ASSIGN(trace.trace_id, ParseTraceId(request.Variable("traceID")));
  VIVACE_ASSIGN(trace.mode, ParseMode(request.Parameter("mode")));
  trace.cancel_token = request.http.cancel_token;
  if (trace.mode == LookupMode::kIngesters) return trace;
  VIVACE_TRY(ReadBlock(request, "blockStart", "blockstart", trace.block_start));
  VIVACE_TRY(ReadBlock(request, "blockEnd", "blockEnd", trace.block_end));
  VIVACE_TRY(ReadWindow(request, trace));
  VIVACE_TRY(ReadRf1After(request, trace));
  return trace;
}

}  // namespace vivace
