#include "receive/otlp/otlp_protobuf.h"

#include <fmt/format.h>

#include "base/hash/fast_hash.h"
#include "receive/otlp/otlp_any_value.h"
#include "receive/wire/protobuf_reader.h"

namespace vivace {
namespace {

constexpr uint32_t kScopeSpans = 2;
constexpr uint32_t kDeprecatedScopeSpans = 1000;

// An id of exactly the right length; an empty one stays zero.
template <typename Id>
bool ReadId(std::string_view raw, Id& id) {
  if (raw.size() == Id::kBytes) id = Id::FromBytes(raw.data());
  return raw.empty() || raw.size() == Id::kBytes;
}

// What Tempo's refusal texts count: an id of zeros is as good as none.
size_t IdBits(std::string_view raw) {
  return raw.find_first_not_of('\0') == std::string_view::npos ? 0 : raw.size() * 8;
}

bool ReadSmallEnum(ProtobufReader& reader, uint8_t& value) {
  const auto number = static_cast<int32_t>(reader.Varint());
  value = static_cast<uint8_t>(number);
  return number >= 0 && number <= 255;
}

}  // namespace

template <typename Append>
uint32_t OtlpProtobufDecoder::RawCodes::FindOrAppend(std::string_view raw, uint64_t seed,
                                                     Append&& append) {
  const uint64_t hash = FastHash(raw, seed);
  const uint32_t index = table_.FindOrAppend(
      hash, [&](uint32_t at) { return entries_[at].raw == raw && entries_[at].seed == seed; },
      [&] {
        entries_.push_back({raw, seed, 0});
        return static_cast<uint32_t>(entries_.size() - 1);
      });
  if (entries_[index].code == 0) entries_[index].code = append() + 1;
  return entries_[index].code - 1;
}

void OtlpProtobufDecoder::RawCodes::Clear() {
  table_.Clear();
  entries_.clear();
}

Status OtlpProtobufDecoder::Decode(std::string_view body, SpanBatchBuilder& builder,
                                   RejectedSpans& rejected) {
  if (batch_number_ != builder.batch_number()) ForgetAll();
  builder_ = &builder;
  batch_number_ = builder.batch_number();
  rejected_ = &rejected;
  elements_ = ElementLimit(body.size());
  const Status decoded = DecodeRequest(body);
  if (!decoded) ForgetAll();  // its rows will be gone
  return decoded;
}

void OtlpProtobufDecoder::ForgetAll() {
  attributes_.Clear();
  resources_.Clear();
  scopes_.Clear();
}

Status OtlpProtobufDecoder::DecodeRequest(std::string_view body) {
  const size_t spans_before = builder_->batch().spans.size();
  size_t count = 0;
  try {
    ProtobufReader reader(body);
    for (uint32_t tag = 0; reader.Next(tag); ++count) {
      if (tag == BytesTag(1)) {
        DecodeResourceSpans(reader.Bytes());
      } else {
        reader.Skip(tag);
      }
    }
  } catch (const protozero::exception& e) {
    const size_t spans = builder_->batch().spans.size() - spans_before + rejected_->total();
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("malformed OTLP protobuf in resource_spans[{}] after {} spans of {} bytes: {}",
                    count, spans, body.size(), e.what()));
  } catch (const AnyValueTooDeep&) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("attribute value in resource_spans[{}] is nested deeper than {} levels",
                            count, kAnyValueDepthMax));
  }
  return {};
}

void OtlpProtobufDecoder::DecodeResourceSpans(std::string_view message) {
  CountElement(elements_);
  std::string_view resource;
  std::string_view schema_url;
  bool has_scope_spans = false;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {  // the resource may stand behind the spans
    switch (tag) {
      case BytesTag(1):
        resource = reader.Bytes();
        break;
      case BytesTag(3):
        schema_url = reader.Bytes();
        break;
      case BytesTag(2):
        has_scope_spans = true;
        [[fallthrough]];
      default:
        reader.Skip(tag);
    }
  }
  const uint32_t row = ResourceRow(resource, schema_url);
  const uint32_t scope_spans = BytesTag(has_scope_spans ? kScopeSpans : kDeprecatedScopeSpans);
  ProtobufReader again(message);
  for (uint32_t tag = 0; again.Next(tag);) {
    if (tag == scope_spans) {
      DecodeScopeSpans(again.Bytes(), row);
    } else {
      again.Skip(tag);
    }
  }
}

void OtlpProtobufDecoder::DecodeScopeSpans(std::string_view message, uint32_t resource) {
  CountElement(elements_);
  std::string_view scope;
  std::string_view schema_url;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    switch (tag) {
      case BytesTag(1):
        scope = reader.Bytes();
        break;
      case BytesTag(3):
        schema_url = reader.Bytes();
        break;
      default:
        reader.Skip(tag);
    }
  }
  const uint32_t row = ScopeRow(resource, scope, schema_url);
  ProtobufReader again(message);
  for (uint32_t tag = 0; again.Next(tag);) {
    if (tag == BytesTag(2)) {
      DecodeSpan(again.Bytes(), row);
    } else {
      again.Skip(tag);
    }
  }
}

uint32_t OtlpProtobufDecoder::ResourceRow(std::string_view message, std::string_view schema_url) {
  const uint64_t seed = FastHash(schema_url);
  return resources_.FindOrAppend(message, seed, [&] {
    codes_.clear();
    uint32_t dropped = 0;
    std::string entity_refs;
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      switch (tag) {
        case BytesTag(1):
          codes_.push_back(Attribute(reader.Bytes()));
          break;
        case VarintTag(2):
          dropped = static_cast<uint32_t>(reader.Varint());
          break;
        case BytesTag(3): {
          const std::string_view ref = reader.Bytes();
          entity_refs += '\x1a';
          protozero::write_varint(std::back_inserter(entity_refs), ref.size());
          entity_refs += ref;
          break;
        }
        default:
          reader.Skip(tag);
      }
    }
    return builder_->AddResource(codes_, dropped, schema_url, entity_refs);
  });
}

uint32_t OtlpProtobufDecoder::ScopeRow(uint32_t resource, std::string_view message,
                                       std::string_view schema_url) {
  const uint64_t seed = FastHash(schema_url, resource);
  return scopes_.FindOrAppend(message, seed, [&] {
    codes_.clear();
    std::string_view name;
    std::string_view version;
    uint32_t dropped = 0;
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      switch (tag) {
        case BytesTag(1):
          name = reader.Bytes();
          break;
        case BytesTag(2):
          version = reader.Bytes();
          break;
        case BytesTag(3):
          codes_.push_back(Attribute(reader.Bytes()));
          break;
        case VarintTag(4):
          dropped = static_cast<uint32_t>(reader.Varint());
          break;
        default:
          reader.Skip(tag);
      }
    }
    return builder_->AddScope(resource, name, version, codes_, dropped, schema_url);
  });
}

AttributeCode OtlpProtobufDecoder::Attribute(std::string_view key_value) {
  return attributes_.FindOrAppend(key_value, 0, [&] {
    std::string_view key;
    AttributeValue value;
    ProtobufReader reader(key_value);
    for (uint32_t tag = 0; reader.Next(tag);) {
      switch (tag) {
        case BytesTag(1):
          key = reader.Bytes();
          break;
        case BytesTag(2):
          value = ReadAnyValue(reader.Bytes());
          break;
        default:
          reader.Skip(tag);
      }
    }
    return builder_->AppendAttribute(key, value);
  });
}

void OtlpProtobufDecoder::Reject(RejectKind kind, std::string reason) {
  if (!span_rejected_) rejected_->Add(kind, std::move(reason));
  span_rejected_ = true;
}

void OtlpProtobufDecoder::DecodeSpan(std::string_view message, uint32_t scope) {
  CountElement(elements_);
  builder_->BeginSpan();
  span_rejected_ = false;
  SpanRow& row = builder_->row();
  std::string_view trace_id;
  std::string_view span_id;
  std::string_view parent_span_id;
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    switch (tag) {
      case BytesTag(1):
        trace_id = reader.Bytes();
        break;
      case BytesTag(2):
        span_id = reader.Bytes();
        break;
      case BytesTag(3):
        row.trace_state = builder_->AddString(reader.Bytes());
        break;
      case BytesTag(4):
        parent_span_id = reader.Bytes();
        break;
      case BytesTag(5):
        row.name = builder_->AddString(reader.Bytes());
        break;
      case VarintTag(6):
        if (!ReadSmallEnum(reader, row.kind))
          Reject(RejectKind::kOther, "span kind is out of range (0 to 255)");
        break;
      case Fixed64Tag(7):
        row.start_unix_nanos = reader.Fixed64();
        break;
      case Fixed64Tag(8):
        row.end_unix_nanos = reader.Fixed64();
        break;
      case BytesTag(9):
        builder_->SpanAttribute(Attribute(reader.Bytes()));
        break;
      case VarintTag(10):
        row.dropped_attributes = static_cast<uint32_t>(reader.Varint());
        break;
      case BytesTag(11):
        DecodeEvent(reader.Bytes());
        break;
      case VarintTag(12):
        row.dropped_events = static_cast<uint32_t>(reader.Varint());
        break;
      case BytesTag(13):
        DecodeLink(reader.Bytes());
        break;
      case VarintTag(14):
        row.dropped_links = static_cast<uint32_t>(reader.Varint());
        break;
      case BytesTag(15):
        DecodeStatus(reader.Bytes());
        break;
      case Fixed32Tag(16):
        row.flags = reader.Fixed32();
        break;
      default:
        reader.Skip(tag);
    }
  }
  const bool trace_id_good = ReadId(trace_id, row.trace_id) && !row.trace_id.IsZero();
  const bool span_id_good = ReadId(span_id, row.span_id) && !row.span_id.IsZero();
  if (!trace_id_good && !span_rejected_) {
    rejected_->AddInvalidTraceId(IdBits(trace_id));
    span_rejected_ = true;
  } else if (!span_id_good && !span_rejected_) {
    rejected_->AddInvalidSpanId(IdBits(span_id));
    span_rejected_ = true;
  } else if (!ReadId(parent_span_id, row.parent_span_id)) {
    Reject(RejectKind::kOther, fmt::format("parent span ids must be 64 bit, received {} bits",
                                           parent_span_id.size() * 8));
  }
  if (span_rejected_) return builder_->RollBackSpan();
  builder_->CommitSpan(scope);
}

void OtlpProtobufDecoder::DecodeStatus(std::string_view message) {
  SpanRow& row = builder_->row();
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    switch (tag) {
      case BytesTag(2):
        row.status_message = builder_->AddString(reader.Bytes());
        break;
      case VarintTag(3):
        if (!ReadSmallEnum(reader, row.status_code))
          Reject(RejectKind::kOther, "status code is out of range (0 to 255)");
        break;
      default:
        reader.Skip(tag);
    }
  }
}

void OtlpProtobufDecoder::DecodeEvent(std::string_view message) {
  CountElement(elements_);
  builder_->BeginEvent();
  EventRow& event = builder_->event();
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    switch (tag) {
      case Fixed64Tag(1):
        event.time_unix_nanos = reader.Fixed64();
        break;
      case BytesTag(2):
        event.name = builder_->AddString(reader.Bytes());
        break;
      case BytesTag(3):
        builder_->EventAttribute(Attribute(reader.Bytes()));
        break;
      case VarintTag(4):
        event.dropped_attributes = static_cast<uint32_t>(reader.Varint());
        break;
      default:
        reader.Skip(tag);
    }
  }
  builder_->EndEvent();
}

void OtlpProtobufDecoder::DecodeLink(std::string_view message) {
  CountElement(elements_);
  builder_->BeginLink();
  LinkRow& link = builder_->link();
  ProtobufReader reader(message);
  for (uint32_t tag = 0; reader.Next(tag);) {
    switch (tag) {
      case BytesTag(1):
        if (!ReadId(reader.Bytes(), link.trace_id))
          Reject(RejectKind::kOther, "link trace ids must be 128 bit");
        break;
      case BytesTag(2):
        if (!ReadId(reader.Bytes(), link.span_id))
          Reject(RejectKind::kOther, "link span ids must be 64 bit");
        break;
      case BytesTag(3):
        link.trace_state = builder_->AddString(reader.Bytes());
        break;
      case BytesTag(4):
        builder_->LinkAttribute(Attribute(reader.Bytes()));
        break;
      case VarintTag(5):
        link.dropped_attributes = static_cast<uint32_t>(reader.Varint());
        break;
      case Fixed32Tag(6):
        link.flags = reader.Fixed32();
        break;
      default:
        reader.Skip(tag);
    }
  }
  builder_->EndLink();
}

Result<RejectedSpans> DecodeOtlpProtobuf(std::string_view body, SpanBatchBuilder& builder) {
  thread_local OtlpProtobufDecoder decoder;
  RejectedSpans rejected;
  VIVACE_TRY(decoder.Decode(body, builder, rejected));
  return rejected;
}

}  // namespace vivace
