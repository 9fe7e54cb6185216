#include "receive/otlp_protobuf.h"

#include <fmt/format.h>

#include <protozero/pbf_reader.hpp>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "receive/otlp_any_value.h"

namespace vivace {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

constexpr uint32_t Field(protozero::pbf_tag_type tag, pbf_wire_type type) { return protozero::tag_and_type(tag, type); }
constexpr auto kBytes = pbf_wire_type::length_delimited;
constexpr auto kVarint = pbf_wire_type::varint;
constexpr auto kFixed64 = pbf_wire_type::fixed64;
constexpr auto kFixed32 = pbf_wire_type::fixed32;
constexpr protozero::pbf_tag_type kDeprecatedScopeSpans = 1000;

std::string_view View(protozero::data_view view) { return {view.data(), view.size()}; }
std::string_view GetBytes(pbf_reader& reader) { return View(reader.get_view()); }
pbf_reader Reader(std::string_view message) { return pbf_reader(message.data(), message.size()); }

// An id of exactly the right length; an empty one stays zero.
template <typename Id>
bool ReadId(std::string_view raw, Id& id) {
  if (raw.size() == Id::kBytes) id = Id::FromBytes(raw.data());
  return raw.empty() || raw.size() == Id::kBytes;
}

// What Tempo's refusal texts count: an id of zeros is as good as none.
size_t IdBits(std::string_view raw) { return raw.find_first_not_of('\0') == std::string_view::npos ? 0 : raw.size() * 8; }

bool ReadSmallEnum(pbf_reader& reader, uint8_t& value) {
  const int32_t number = reader.get_enum();
  value = static_cast<uint8_t>(number);
  return number >= 0 && number <= 255;
}

}  // namespace

template <typename Append>
uint32_t OtlpProtobufDecoder::RawCodes::FindOrAppend(std::string_view raw, uint64_t seed, Append&& append) {
  const uint64_t hash = XXH3_64bits_withSeed(raw.data(), raw.size(), seed);
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

Status OtlpProtobufDecoder::Decode(std::string_view body, SpanBatchBuilder& builder, RejectedSpans& rejected) {
  builder_ = &builder;
  rejected_ = &rejected;
  attributes_.Clear();
  resources_.Clear();
  scopes_.Clear();
  size_t count = 0;
  try {
    pbf_reader reader = Reader(body);
    for (; reader.next(); ++count) {
      if (reader.tag_and_type() == Field(1, kBytes)) {
        DecodeResourceSpans(GetBytes(reader));
      } else {
        reader.skip();
      }
    }
  } catch (const protozero::exception& e) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("malformed OTLP protobuf in resource_spans[{}] after {} spans of {} bytes: {}",
                                                         count, builder.batch().spans.size() + rejected.total(), body.size(), e.what()));
  } catch (const AnyValueTooDeep&) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("attribute value in resource_spans[{}] is nested deeper than {} levels", count, kAnyValueDepthMax));
  }
  return {};
}

void OtlpProtobufDecoder::DecodeResourceSpans(std::string_view message) {
  std::string_view resource;
  std::string_view schema_url;
  bool has_scope_spans = false;
  for (pbf_reader reader = Reader(message); reader.next();) {  // the resource may stand behind the spans
    switch (reader.tag_and_type()) {
      case Field(1, kBytes):
        resource = GetBytes(reader);
        break;
      case Field(3, kBytes):
        schema_url = GetBytes(reader);
        break;
      case Field(2, kBytes):
        has_scope_spans = true;
        [[fallthrough]];
      default:
        reader.skip();
    }
  }
  const uint32_t row = ResourceRow(resource, schema_url);
  const auto scope_spans = has_scope_spans ? 2 : kDeprecatedScopeSpans;
  for (pbf_reader reader = Reader(message); reader.next();) {
    if (reader.tag_and_type() == Field(scope_spans, kBytes)) {
      DecodeScopeSpans(GetBytes(reader), row);
    } else {
      reader.skip();
    }
  }
}

void OtlpProtobufDecoder::DecodeScopeSpans(std::string_view message, uint32_t resource) {
  std::string_view scope;
  std::string_view schema_url;
  for (pbf_reader reader = Reader(message); reader.next();) {
    switch (reader.tag_and_type()) {
      case Field(1, kBytes):
        scope = GetBytes(reader);
        break;
      case Field(3, kBytes):
        schema_url = GetBytes(reader);
        break;
      default:
        reader.skip();
    }
  }
  const uint32_t row = ScopeRow(resource, scope, schema_url);
  for (pbf_reader reader = Reader(message); reader.next();) {
    if (reader.tag_and_type() == Field(2, kBytes)) {
      DecodeSpan(GetBytes(reader), row);
    } else {
      reader.skip();
    }
  }
}

uint32_t OtlpProtobufDecoder::ResourceRow(std::string_view message, std::string_view schema_url) {
  const uint64_t seed = XXH3_64bits(schema_url.data(), schema_url.size());
  return resources_.FindOrAppend(message, seed, [&] {
    codes_.clear();
    uint32_t dropped = 0;
    std::string entity_refs;
    for (pbf_reader reader = Reader(message); reader.next();) {
      switch (reader.tag_and_type()) {
        case Field(1, kBytes):
          codes_.push_back(Attribute(GetBytes(reader)));
          break;
        case Field(2, kVarint):
          dropped = reader.get_uint32();
          break;
        case Field(3, kBytes): {
          const std::string_view ref = GetBytes(reader);
          entity_refs += '\x1a';
          protozero::write_varint(std::back_inserter(entity_refs), ref.size());
          entity_refs += ref;
          break;
        }
        default:
          reader.skip();
      }
    }
    return builder_->AddResource(codes_, dropped, schema_url, entity_refs);
  });
}

uint32_t OtlpProtobufDecoder::ScopeRow(uint32_t resource, std::string_view message, std::string_view schema_url) {
  const uint64_t seed = XXH3_64bits_withSeed(schema_url.data(), schema_url.size(), resource);
  return scopes_.FindOrAppend(message, seed, [&] {
    codes_.clear();
    std::string_view name;
    std::string_view version;
    uint32_t dropped = 0;
    for (pbf_reader reader = Reader(message); reader.next();) {
      switch (reader.tag_and_type()) {
        case Field(1, kBytes):
          name = GetBytes(reader);
          break;
        case Field(2, kBytes):
          version = GetBytes(reader);
          break;
        case Field(3, kBytes):
          codes_.push_back(Attribute(GetBytes(reader)));
          break;
        case Field(4, kVarint):
          dropped = reader.get_uint32();
          break;
        default:
          reader.skip();
      }
    }
    return builder_->AddScope(resource, name, version, codes_, dropped, schema_url);
  });
}

AttributeCode OtlpProtobufDecoder::Attribute(std::string_view key_value) {
  return attributes_.FindOrAppend(key_value, 0, [&] {
    std::string_view key;
    AttributeValue value;
    for (pbf_reader reader = Reader(key_value); reader.next();) {
      switch (reader.tag_and_type()) {
        case Field(1, kBytes):
          key = GetBytes(reader);
          break;
        case Field(2, kBytes):
          value = ReadAnyValue(GetBytes(reader));
          break;
        default:
          reader.skip();
      }
    }
    return builder_->AppendAttribute(key, value);
  });
}

void OtlpProtobufDecoder::Refuse(RejectKind kind, std::string reason) {
  if (!span_refused_) rejected_->Add(kind, std::move(reason));
  span_refused_ = true;
}

void OtlpProtobufDecoder::DecodeSpan(std::string_view message, uint32_t scope) {
  builder_->BeginSpan();
  span_refused_ = false;
  SpanRow& row = builder_->row();
  std::string_view trace_id;
  std::string_view span_id;
  std::string_view parent_span_id;
  for (pbf_reader reader = Reader(message); reader.next();) {
    switch (reader.tag_and_type()) {
      case Field(1, kBytes):
        trace_id = GetBytes(reader);
        break;
      case Field(2, kBytes):
        span_id = GetBytes(reader);
        break;
      case Field(3, kBytes):
        row.trace_state = builder_->AddString(GetBytes(reader));
        break;
      case Field(4, kBytes):
        parent_span_id = GetBytes(reader);
        break;
      case Field(5, kBytes):
        row.name = builder_->AddString(GetBytes(reader));
        break;
      case Field(6, kVarint):
        if (!ReadSmallEnum(reader, row.kind)) Refuse(RejectKind::kOther, "span kind is out of range (0 to 255)");
        break;
      case Field(7, kFixed64):
        row.start_unix_nanos = reader.get_fixed64();
        break;
      case Field(8, kFixed64):
        row.end_unix_nanos = reader.get_fixed64();
        break;
      case Field(9, kBytes):
        builder_->SpanAttribute(Attribute(GetBytes(reader)));
        break;
      case Field(10, kVarint):
        row.dropped_attributes = reader.get_uint32();
        break;
      case Field(11, kBytes):
        DecodeEvent(GetBytes(reader));
        break;
      case Field(12, kVarint):
        row.dropped_events = reader.get_uint32();
        break;
      case Field(13, kBytes):
        DecodeLink(GetBytes(reader));
        break;
      case Field(14, kVarint):
        row.dropped_links = reader.get_uint32();
        break;
      case Field(15, kBytes):
        DecodeStatus(GetBytes(reader));
        break;
      case Field(16, kFixed32):
        row.flags = reader.get_fixed32();
        break;
      default:
        reader.skip();
    }
  }
  const bool trace_id_good = ReadId(trace_id, row.trace_id) && !row.trace_id.IsZero();
  const bool span_id_good = ReadId(span_id, row.span_id) && !row.span_id.IsZero();
  if (!trace_id_good && !span_refused_) {
    rejected_->AddTraceId(IdBits(trace_id));
    span_refused_ = true;
  } else if (!span_id_good && !span_refused_) {
    rejected_->AddSpanId(IdBits(span_id));
    span_refused_ = true;
  } else if (!ReadId(parent_span_id, row.parent_span_id)) {
    Refuse(RejectKind::kOther, fmt::format("parent span ids must be 64 bit, received {} bits", parent_span_id.size() * 8));
  }
  if (span_refused_) return builder_->RollBackSpan();
  builder_->CommitSpan(scope);
}

void OtlpProtobufDecoder::DecodeStatus(std::string_view message) {
  SpanRow& row = builder_->row();
  for (pbf_reader reader = Reader(message); reader.next();) {
    switch (reader.tag_and_type()) {
      case Field(2, kBytes):
        row.status_message = builder_->AddString(GetBytes(reader));
        break;
      case Field(3, kVarint):
        if (!ReadSmallEnum(reader, row.status_code)) Refuse(RejectKind::kOther, "status code is out of range (0 to 255)");
        break;
      default:
        reader.skip();
    }
  }
}

void OtlpProtobufDecoder::DecodeEvent(std::string_view message) {
  builder_->BeginEvent();
  EventRow& event = builder_->event();
  for (pbf_reader reader = Reader(message); reader.next();) {
    switch (reader.tag_and_type()) {
      case Field(1, kFixed64):
        event.time_unix_nanos = reader.get_fixed64();
        break;
      case Field(2, kBytes):
        event.name = builder_->AddString(GetBytes(reader));
        break;
      case Field(3, kBytes):
        builder_->EventAttribute(Attribute(GetBytes(reader)));
        break;
      case Field(4, kVarint):
        event.dropped_attributes = reader.get_uint32();
        break;
      default:
        reader.skip();
    }
  }
  builder_->EndEvent();
}

void OtlpProtobufDecoder::DecodeLink(std::string_view message) {
  builder_->BeginLink();
  LinkRow& link = builder_->link();
  for (pbf_reader reader = Reader(message); reader.next();) {
    switch (reader.tag_and_type()) {
      case Field(1, kBytes):
        if (!ReadId(GetBytes(reader), link.trace_id)) Refuse(RejectKind::kOther, "link trace ids must be 128 bit");
        break;
      case Field(2, kBytes):
        if (!ReadId(GetBytes(reader), link.span_id)) Refuse(RejectKind::kOther, "link span ids must be 64 bit");
        break;
      case Field(3, kBytes):
        link.trace_state = builder_->AddString(GetBytes(reader));
        break;
      case Field(4, kBytes):
        builder_->LinkAttribute(Attribute(GetBytes(reader)));
        break;
      case Field(5, kVarint):
        link.dropped_attributes = reader.get_uint32();
        break;
      case Field(6, kFixed32):
        link.flags = reader.get_fixed32();
        break;
      default:
        reader.skip();
    }
  }
  builder_->EndLink();
}

}  // namespace vivace
