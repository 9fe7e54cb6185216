#include "parquet/leaf_schema.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vivace {
namespace {

using parquet::LogicalType;
using parquet::Repetition;
using parquet::schema::GroupNode;
using parquet::schema::Node;
using parquet::schema::NodePtr;
using parquet::schema::PrimitiveNode;

std::shared_ptr<const LogicalType> LogicalTypeOf(LeafType type) {
  switch (type) {
    case LeafType::kString:
      return LogicalType::String();
    case LeafType::kUint64:
      return LogicalType::Int(64, false);
    case LeafType::kInt64:
      return LogicalType::Int(64, true);
    case LeafType::kUint32:
      return LogicalType::Int(32, false);
    case LeafType::kInt32:
      return LogicalType::Int(32, true);
    default:
      return LogicalType::None();
  }
}

std::string_view Head(std::string_view path) { return path.substr(0, path.find('.')); }

// The group `name` over leaves whose paths are taken from `skip` on: leaves with the same next part
// make one field.
class GroupBuilder {
 public:
  explicit GroupBuilder(std::span<const LeafInfo> leaves) : leaves_(leaves) {}

  NodePtr Build(std::string_view name, size_t begin, size_t end, size_t skip) const {
    std::vector<NodePtr> fields;
    for (size_t at = begin; at < end;) {
      const std::string_view head = Head(Rest(at, skip));
      size_t next = at + 1;
      while (next < end && Head(Rest(next, skip)) == head) ++next;
      fields.push_back(Rest(at, skip) == head ? MakeLeaf(head, leaves_[at])
                                              : Build(head, at, next, skip + head.size() + 1));
      at = next;
    }
    const bool repeated = name == "list" || name == "key_value";
    return GroupNode::Make(std::string(name),
                           repeated ? Repetition::REPEATED : Repetition::REQUIRED, fields,
                           Annotation(fields));
  }

 private:
  std::string_view Rest(size_t leaf, size_t skip) const {
    return std::string_view(leaves_[leaf].path).substr(skip);
  }

  static NodePtr MakeLeaf(std::string_view name, const LeafInfo& leaf) {
    return PrimitiveNode::Make(std::string(name),
                               leaf.optional ? Repetition::OPTIONAL : Repetition::REQUIRED,
                               LogicalTypeOf(leaf.type), PhysicalTypeOf(leaf.type));
  }

  static std::shared_ptr<const LogicalType> Annotation(const std::vector<NodePtr>& fields) {
    if (fields.size() == 1 && fields[0]->name() == "list") return LogicalType::List();
    if (fields.size() == 1 && fields[0]->name() == "key_value") return LogicalType::Map();
    return nullptr;
  }

  std::span<const LeafInfo> leaves_;
};

}  // namespace

parquet::Type::type PhysicalTypeOf(LeafType type) {
  switch (type) {
    case LeafType::kBytes:
    case LeafType::kString:
      return parquet::Type::BYTE_ARRAY;
    case LeafType::kUint64:
    case LeafType::kInt64:
      return parquet::Type::INT64;
    case LeafType::kUint32:
    case LeafType::kInt32:
      return parquet::Type::INT32;
    case LeafType::kDouble:
      return parquet::Type::DOUBLE;
    case LeafType::kBool:
      return parquet::Type::BOOLEAN;
  }
  return parquet::Type::UNDEFINED;
}

std::shared_ptr<GroupNode> MakeParquetSchema(std::string_view root,
                                             std::span<const LeafInfo> leaves) {
  return std::static_pointer_cast<GroupNode>(GroupBuilder(leaves).Build(root, 0, leaves.size(), 0));
}

parquet::SchemaDescriptor DescribeSchema(std::string_view root, std::span<const LeafInfo> leaves) {
  parquet::SchemaDescriptor descriptor;
  descriptor.Init(MakeParquetSchema(root, leaves));
  return descriptor;
}

}  // namespace vivace
