#include "corpus.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <protozero/pbf_reader.hpp>
#include <utility>

#include "request_cutter.h"

namespace vivace::bench {
namespace {

// "00" to "ff": two digits for each byte of randomness.
constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i)
    pairs[i] = {"0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15]};
  return pairs;
}();

void WriteDigits(char* out, uint32_t length, uint64_t& state) {
  while (length > 0) {
    uint64_t random = Mix(state++);
    for (uint32_t pair = 0; pair < 8 && length > 0; ++pair, random >>= 8) {
      const uint32_t take = std::min<uint32_t>(length, 2);
      std::memcpy(out, kHexPairs[random & 0xff].data(), take);
      out += take;
      length -= take;
    }
  }
}

Result<std::string> Decompress(std::string_view input) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  std::string output;
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  std::vector<char> chunk(ZSTD_DStreamOutSize());
  while (in.pos < in.size) {
    ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
    const size_t code = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(code))
      return Fail(ErrorCode::kDataLoss, std::string("zstd: ") + ZSTD_getErrorName(code));
    output.append(chunk.data(), out.pos);
  }
  return output;
}

}  // namespace

TraceId NewTraceId(const Round& round, uint32_t id_number) {
  const std::array<uint64_t, 2> words = {Mix(round.key + id_number), Mix(~round.key + id_number)};
  return TraceId::FromBytes(words.data());
}

SpanId NewSpanId(const Round& round, uint32_t id_number) {
  const uint64_t word = Mix((round.key ^ 0x5bd1e9955bd1e995) + id_number);
  return SpanId::FromBytes(&word);
}

void RequestTemplate::Fill(const Round& round, uint64_t text_seed, std::string& out) const {
  out.assign(bytes_);
  for (const IdAt& id : trace_ids_)
    std::memcpy(&out[id.offset], NewTraceId(round, id.id_number).bytes.data(), TraceId::kBytes);
  for (const IdAt& id : span_ids_)
    std::memcpy(&out[id.offset], NewSpanId(round, id.id_number).bytes.data(), SpanId::kBytes);
  for (const uint32_t offset : times_) {
    int64_t nanos;
    std::memcpy(&nanos, &out[offset], sizeof(nanos));
    nanos += round.time_shift_nanos;
    std::memcpy(&out[offset], &nanos, sizeof(nanos));
  }
  for (const RunAt& run : runs_) WriteDigits(&out[run.offset], run.length, text_seed);
}

// Finds the positions to patch. Ids get their numbers in the order in which the corpus first shows
// them.
class TemplateParser {
 public:
  RequestTemplate Parse(std::string_view bytes) {
    request_ = RequestTemplate();
    request_.bytes_.assign(bytes);
    base_ = request_.bytes_.data();
    // OTLP nests lists of messages: ExportTraceServiceRequest, ResourceSpans, ScopeSpans, Span.
    ForEach(View(base_, request_.bytes_.size()),
            [&](Reader& field) { ResourceSpans(field.get_view()); });
    return std::move(request_);
  }

  uint64_t latest_nanos() const { return latest_nanos_; }

 private:
  using View = protozero::data_view;
  using Reader = protozero::pbf_reader;
  using Numbers = std::unordered_map<std::string, uint32_t>;

  // Calls `visit` for every field; one that `visit` leaves unread is skipped.
  template <typename Visit>
  static void ForEach(View message, Visit&& visit) {
    Reader reader(message);
    while (reader.next()) {
      const char* before = reader.data().data();
      visit(reader);
      if (reader.data().data() == before) reader.skip();
    }
  }

  void ResourceSpans(View message) {
    ForEach(message, [&](Reader& field) {
      if (field.tag() == 1) Attributes(field.get_view(), 1);
      if (field.tag() == 2) ScopeSpans(field.get_view());
    });
  }

  void ScopeSpans(View message) {
    ForEach(message, [&](Reader& field) {
      if (field.tag() == 1) Attributes(field.get_view(), 3);
      if (field.tag() == 2) Span(field.get_view());
    });
  }

  void Span(View message) {
    ++request_.span_count_;
    ForEach(message, [&](Reader& field) {
      switch (field.tag()) {
        case 1:
          CountTrace(TraceIdAt(field.get_view()));
          break;
        case 2:
        case 4:
          SpanIdAt(field.get_view());
          break;
        case 5:
          Text(field.get_view());
          break;
        case 7:
        case 8:
          TimeAt(field);
          break;
        case 9:
          KeyValue(field.get_view());
          break;
        case 11:
          Event(field.get_view());
          break;
        case 13:
          Link(field.get_view());
          break;
        default:
          break;
      }
    });
  }

  void Event(View message) {
    ForEach(message, [&](Reader& field) {
      if (field.tag() == 1) TimeAt(field);
      if (field.tag() == 2) Text(field.get_view());
      if (field.tag() == 3) KeyValue(field.get_view());
    });
  }

  void Link(View message) {
    ForEach(message, [&](Reader& field) {
      if (field.tag() == 1) TraceIdAt(field.get_view());
      if (field.tag() == 2) SpanIdAt(field.get_view());
      if (field.tag() == 4) KeyValue(field.get_view());
    });
  }

  void Attributes(View message, uint32_t tag) {
    ForEach(message, [&](Reader& field) {
      if (field.tag() == tag) KeyValue(field.get_view());
    });
  }

  void KeyValue(View message) {
    ForEach(message, [&](Reader& field) {
      if (field.tag() == 2) Value(field.get_view());
    });
  }

  void Value(View message) {
    ForEach(message, [&](Reader& field) {
      if (field.tag() == 1) Text(field.get_view());
      if (field.tag() == 5)
        ForEach(field.get_view(), [&](Reader& item) { Value(item.get_view()); });
      if (field.tag() == 6)
        ForEach(field.get_view(), [&](Reader& item) { KeyValue(item.get_view()); });
    });
  }

  void Text(View text) {
    for (size_t at = 0; at < text.size();) {
      size_t end = at;
      while (end < text.size() && text.data()[end] == '@') ++end;
      if (end - at >= 2)
        request_.runs_.push_back({Offset(text.data() + at), static_cast<uint32_t>(end - at)});
      at = end + 1;
    }
  }

  uint32_t TraceIdAt(View id) {
    if (id.size() != TraceId::kBytes) return kNoId;
    const uint32_t number = Number(trace_numbers_, id);
    request_.trace_ids_.push_back({Offset(id.data()), number});
    return number;
  }

  void SpanIdAt(View id) {
    if (id.size() == SpanId::kBytes)
      request_.span_ids_.push_back({Offset(id.data()), Number(span_numbers_, id)});
  }

  void TimeAt(Reader& field) {
    request_.times_.push_back(Offset(field.data().data()));
    latest_nanos_ = std::max(latest_nanos_, field.get_fixed64());
  }

  void CountTrace(uint32_t number) {
    if (number == kNoId) return;
    auto& traces = request_.traces_;
    const auto known = std::find_if(traces.begin(), traces.end(), [&](const TracePart& part) {
      return part.id_number == number;
    });
    if (known != traces.end()) {
      ++known->spans;
    } else {
      traces.push_back({number, 1});
    }
  }

  static uint32_t Number(Numbers& numbers, View id) {
    return numbers
        .try_emplace(std::string(id.data(), id.size()), static_cast<uint32_t>(numbers.size()))
        .first->second;
  }
  uint32_t Offset(const char* at) const { return static_cast<uint32_t>(at - base_); }

  static constexpr uint32_t kNoId = ~uint32_t{0};

  RequestTemplate request_;
  const char* base_ = nullptr;
  Numbers trace_numbers_;
  Numbers span_numbers_;
  uint64_t latest_nanos_ = 0;
};

Result<Corpus> Corpus::Load(const std::string& path, size_t spans_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kNotFound, "cannot open " + path);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  if (path.ends_with(".zst")) {
    VIVACE_ASSIGN(bytes, Decompress(bytes));
  }
  return Parse(bytes, spans_max);
}

Result<Corpus> Corpus::Parse(std::string_view requests, size_t spans_max) {
  Corpus corpus;
  TemplateParser parser;
  try {
    while (!requests.empty()) {
      uint32_t length = 0;
      if (requests.size() < sizeof(length))
        return Fail(ErrorCode::kDataLoss, "the corpus ends within a length");
      std::memcpy(&length, requests.data(), sizeof(length));
      requests.remove_prefix(sizeof(length));
      if (requests.size() < length)
        return Fail(ErrorCode::kDataLoss, "the corpus ends within a request");
      const std::string_view request = requests.substr(0, length);
      if (spans_max == 0) {
        corpus.requests_.push_back(parser.Parse(request));
      } else {
        for (const std::string& part : CutRequest(request, spans_max))
          corpus.requests_.push_back(parser.Parse(part));
      }
      requests.remove_prefix(length);
    }
  } catch (const protozero::exception& error) {
    return Fail(ErrorCode::kDataLoss,
                std::string("the corpus holds a request that is no OTLP: ") + error.what());
  }
  if (corpus.requests_.empty()) return Fail(ErrorCode::kInvalidArgument, "the corpus is empty");
  corpus.latest_nanos_ = parser.latest_nanos();
  return corpus;
}

}  // namespace vivace::bench
