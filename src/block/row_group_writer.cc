#include "block/row_group_writer.h"

#include <algorithm>
#include <map>

namespace vivace {
namespace {

// By rank, keeping the order of attributes with the same key. Lists are short, so insertion it is.
void SortByRank(std::span<AttributeCode> codes, const AttributeProfiles& profiles, std::vector<uint64_t>& scratch) {
  constexpr size_t kInsertionMax = 64;
  scratch.clear();
  for (const AttributeCode code : codes) scratch.push_back(uint64_t{profiles.Rank(profiles[code].key)} << 32 | code);
  const auto lower_rank = [](uint64_t a, uint64_t b) { return a >> 32 < b >> 32; };
  if (codes.size() > kInsertionMax) {
    std::stable_sort(scratch.begin(), scratch.end(), lower_rank);
  } else {
    for (size_t next = 1; next < scratch.size(); ++next) {
      const uint64_t moved = scratch[next];
      size_t place = next;
      for (; place > 0 && lower_rank(moved, scratch[place - 1]); --place) scratch[place] = scratch[place - 1];
      scratch[place] = moved;
    }
  }
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<AttributeCode>(scratch[i]);
}

}  // namespace

RowGroupWriter::RowGroupWriter(const Segment& segment, const AttributeValues& values, const AttributeProfiles& profiles,
                               const Promotion& promotion, const RowGroupLayout& layout)
    : segment_(segment),
      values_(values),
      profiles_(profiles),
      layout_(layout),
      promoted_resources_(promotion.Resources(layout)),
      promoted_spans_(promotion.Spans(layout)) {
  CutPages();
  CountServices();
  BuildFamilies();
}

void RowGroupWriter::CutPages() {
  size_t page_spans = kPageSpans;
  for (uint32_t row = 0; row < layout_.rows(); ++row) {
    const uint32_t first_scope = layout_.scope_begins[layout_.resource_begins[row]];
    const uint32_t end_scope = layout_.scope_begins[layout_.resource_begins[row + 1]];
    if (page_spans >= kPageSpans) {
      page_rows_.push_back(row);
      page_spans = 0;
    }
    page_spans += layout_.span_begins[end_scope] - layout_.span_begins[first_scope];
  }
  page_rows_.push_back(static_cast<uint32_t>(layout_.rows()));
}

void RowGroupWriter::BuildFamilies() {
  traces_ = Family(TraceEntries(page_rows_));
  services_ = Family(ChildEntries(traces_.entries, statistics_.begins));
  resources_ = Family(ChildEntries(traces_.entries, layout_.resource_begins));
  scopes_ = Family(ChildEntries(resources_.entries, layout_.scope_begins));
  spans_ = Family(ChildEntries(scopes_.entries, layout_.span_begins));
  events_ = Family(ChildEntries(spans_.entries, layout_.event_begins));
  links_ = Family(ChildEntries(spans_.entries, layout_.link_begins));

  resource_attributes_.begins = std::move(promoted_resources_.begins);
  resource_attributes_.codes = std::move(promoted_resources_.generic);
  span_attributes_.begins = std::move(promoted_spans_.begins);
  span_attributes_.codes = std::move(promoted_spans_.generic);
  for (const uint32_t row : layout_.scope_rows) {
    const Segment::Scope& scope = segment_.scopes()[row];
    scope_attributes_.begins.push_back(static_cast<uint32_t>(scope_attributes_.codes.size()));
    for (uint32_t i = scope.attributes_begin; i < scope.attributes_end; ++i) {
      scope_attributes_.codes.push_back(segment_.shared_codes()[i]);
    }
  }
  scope_attributes_.begins.push_back(static_cast<uint32_t>(scope_attributes_.codes.size()));
  event_attributes_ = CollectAttributes(layout_.event_rows, segment_.events().attribute_ends, segment_.events().attribute_codes);
  link_attributes_ = CollectAttributes(layout_.link_rows, segment_.links().attribute_ends, segment_.links().attribute_codes);
  FinishAttributes(resource_attributes_, resources_);
  FinishAttributes(scope_attributes_, scopes_);
  FinishAttributes(span_attributes_, spans_);
  FinishAttributes(event_attributes_, events_);
  FinishAttributes(link_attributes_, links_);
}

RowGroupWriter::Attributes RowGroupWriter::CollectAttributes(const std::vector<uint32_t>& rows, const ChunkedArray<uint32_t>& ends,
                                                             const ChunkedArray<AttributeCode>& codes) const {
  Attributes attributes;
  attributes.begins.reserve(rows.size() + 1);
  for (const uint32_t row : rows) {
    attributes.begins.push_back(static_cast<uint32_t>(attributes.codes.size()));
    const auto [begin, end] = Segment::RangeOf(ends, row);
    for (uint32_t i = begin; i < end; ++i) attributes.codes.push_back(codes[i]);
  }
  attributes.begins.push_back(static_cast<uint32_t>(attributes.codes.size()));
  return attributes;
}

void RowGroupWriter::FinishAttributes(Attributes& attributes, const Family& owner) const {
  std::vector<uint64_t> scratch;
  for (size_t row = 0; row + 1 < attributes.begins.size(); ++row) {
    const uint32_t begin = attributes.begins[row];
    SortByRank(std::span(attributes.codes).subspan(begin, attributes.begins[row + 1] - begin), profiles_, scratch);
  }
  attributes.family = Family(ChildEntries(owner.entries, attributes.begins));
  attributes.profiles.reserve(attributes.codes.size());
  for (const AttributeCode code : attributes.codes) {
    attributes.profiles.push_back(profiles_[code]);
    attributes.has[attributes.profiles.back().column] = true;
  }
}

std::string_view RowGroupWriter::ServiceName(size_t resource) const {
  const std::vector<AttributeCode>& codes = promoted_resources_.columns[0];
  if (codes.empty() || codes[resource] == PromotedAttributes::kNone) return {};
  return Segment::Value(segment_.attributes()[codes[resource]]).text;
}

void RowGroupWriter::CountServices() {
  for (size_t row = 0; row < layout_.rows(); ++row) {
    std::map<std::string_view, std::pair<uint32_t, uint32_t>> services;
    for (uint32_t resource = layout_.resource_begins[row]; resource < layout_.resource_begins[row + 1]; ++resource) {
      auto& [spans, errors] = services[ServiceName(resource)];
      const uint32_t begin = layout_.span_begins[layout_.scope_begins[resource]];
      const uint32_t end = layout_.span_begins[layout_.scope_begins[resource + 1]];
      spans += end - begin;
      constexpr uint8_t kError = 2;
      for (uint32_t i = begin; i < end; ++i) errors += segment_.spans().status_code[layout_.span_rows[i]] == kError ? 1 : 0;
    }
    statistics_.begins.push_back(static_cast<uint32_t>(statistics_.names.size()));
    for (const auto& [name, counts] : services) {
      statistics_.names.push_back(name);
      statistics_.spans.push_back(counts.first);
      statistics_.errors.push_back(counts.second);
    }
  }
  statistics_.begins.push_back(static_cast<uint32_t>(statistics_.names.size()));
}

// The first service.name of the root span's resource, if it is a string.
std::string_view RowGroupWriter::RootServiceName(size_t row) const {
  const uint32_t root = layout_.root_spans[row];
  if (root == RowGroupLayout::kNone) return {};
  const Segment::Scope& scope = segment_.scopes()[segment_.spans().scope[layout_.span_rows[root]]];
  const Segment::Resource& resource = segment_.resources()[scope.resource];
  for (uint32_t i = resource.attributes_begin; i < resource.attributes_end; ++i) {
    const Segment::Attribute& attribute = segment_.attributes()[segment_.shared_codes()[i]];
    if (segment_.Key(attribute) != "service.name") continue;
    return attribute.value_kind() == ValueKind::kString ? Segment::Value(attribute).text : std::string_view();
  }
  return {};
}

std::string_view RowGroupWriter::RootSpanName(size_t row) const {
  const uint32_t root = layout_.root_spans[row];
  return root == RowGroupLayout::kNone ? std::string_view() : segment_.String(segment_.spans().name[layout_.span_rows[root]]);
}

}  // namespace vivace
