#include "block/assemble/attribute_table.h"

#include <bit>
#include <protozero/pbf_writer.hpp>

#include "base/error_context.h"
#include "block/format/schema.h"
#include "columns/any_value_json.h"

namespace vivace {

namespace {

Result<LeafColumn> MakeColumn(const RowSlices& slices, Leaf leaf, int16_t depth, size_t rows) {
  return WithContext(
      LeafColumn::Make(slices[ColumnOf(leaf)], depth, InfoOf(leaf).max_definition, rows),
      "column " + InfoOf(leaf).path);
}

}  // namespace

// The value leaves of an attribute list, by attribute.
struct AttributeTable::ValueLists {
  LeafColumn is_array, text, integer, double_value, bool_value, unsupported;

  static Result<ValueLists> Make(const RowSlices& slices, RowKind owner, size_t attributes) {
    const AttributeLeaves leaves = AttributeLeavesOf(owner);
    const auto depth = static_cast<int16_t>(DepthOf(owner) + 1);
    const auto column = [&](Leaf leaf) { return MakeColumn(slices, leaf, depth, attributes); };
    ValueLists lists;
    VIVACE_ASSIGN(lists.is_array, column(leaves.is_array));
    VIVACE_ASSIGN(lists.text, column(leaves.value));
    VIVACE_ASSIGN(lists.integer, column(leaves.value_int));
    VIVACE_ASSIGN(lists.double_value, column(leaves.value_double));
    VIVACE_ASSIGN(lists.bool_value, column(leaves.value_bool));
    VIVACE_ASSIGN(lists.unsupported, column(leaves.unsupported));
    return lists;
  }
};

namespace {

// Field numbers of opentelemetry.proto.common.v1: ArrayValue.values, and AnyValue's alternatives.
constexpr uint32_t kValuesField = 1;
enum AnyField : uint32_t { kStringField = 1, kBoolField = 2, kIntField = 3, kDoubleField = 4 };

// Appends the values that `attribute` has in `column` to an ArrayValue message.
template <typename Encode>
void AppendValues(const LeafColumn& column, uint32_t attribute, protozero::pbf_writer& array,
                  Encode&& encode) {
  for (uint32_t at = column.Begin(attribute); at < column.End(attribute); ++at) {
    std::string any;
    protozero::pbf_writer writer(any);
    encode(writer, at);
    array.add_message(kValuesField, any);
  }
}

}  // namespace

Result<AttributeTable> AttributeTable::Make(const RowSlices& slices, RowKind owner, size_t rows) {
  AttributeTable table;
  const Leaf key = AttributeLeavesOf(owner).key;
  VIVACE_ASSIGN(table.keys_, MakeColumn(slices, key, DepthOf(owner), rows));
  const uint32_t count = table.keys_.value_count();
  if (count == 0) return table;
  VIVACE_ASSIGN(const ValueLists lists, ValueLists::Make(slices, owner, count));
  table.values_.reserve(count);
  for (uint32_t attribute = 0; attribute < count; ++attribute)
    table.values_.push_back(table.MakeValue(lists, attribute));
  return table;
}

AttributeValue AttributeTable::MakeValue(const ValueLists& lists, uint32_t attribute) {
  if (lists.is_array.Bits(attribute) != 0) return MakeArray(lists, attribute);
  if (lists.text.Has(attribute)) return AttributeValue::String(lists.text.Text(attribute));
  if (lists.integer.Has(attribute))
    return AttributeValue{ValueKind::kInt, {}, lists.integer.Bits(attribute)};
  if (lists.double_value.Has(attribute))
    return AttributeValue{ValueKind::kDouble, {}, lists.double_value.Bits(attribute)};
  if (lists.bool_value.Has(attribute))
    return AttributeValue::Bool(lists.bool_value.Bits(attribute) != 0);
  if (!lists.unsupported.Has(attribute)) return AttributeValue{};
  // Other writers may put anything there: shown as text, because one odd attribute must not hide
  // its trace.
  const std::string_view json = lists.unsupported.Text(attribute);
  return AnyValueFromJson(json, storage_.emplace_back()).value_or(AttributeValue::String(json));
}

AttributeValue AttributeTable::MakeArray(const ValueLists& lists, uint32_t attribute) {
  std::string& encoded = storage_.emplace_back();
  protozero::pbf_writer array(encoded);
  using Writer = protozero::pbf_writer;
  AppendValues(lists.text, attribute, array, [&](Writer& any, uint32_t at) {
    const std::string_view text = lists.text.TextAt(at);
    any.add_string(kStringField, text.data(), text.size());
  });
  AppendValues(lists.integer, attribute, array, [&](Writer& any, uint32_t at) {
    any.add_int64(kIntField, static_cast<int64_t>(lists.integer.BitsAt(at)));
  });
  AppendValues(lists.double_value, attribute, array, [&](Writer& any, uint32_t at) {
    any.add_double(kDoubleField, std::bit_cast<double>(lists.double_value.BitsAt(at)));
  });
  AppendValues(lists.bool_value, attribute, array, [&](Writer& any, uint32_t at) {
    any.add_bool(kBoolField, lists.bool_value.BitsAt(at) != 0);
  });
  return AttributeValue::Array(encoded);
}

}  // namespace vivace
