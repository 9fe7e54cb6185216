// The fields of a UserLimits document, as a table that reading, checking and writing walk.
// Constants.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vivace {

struct UserLimitsField {
  enum class Kind : uint8_t {
    kObject,
    kObjects,  // a list of them
    kStrings,
    kString,
    kBool,
    kDuration,
    kUint,
    kDouble,
    kDoubles,
    kStringMap,
    kBoolMap,
    kAny,
  };
  std::string_view name;
  Kind kind = Kind::kString;
  std::span<const UserLimitsField> fields;  // of objects
  std::string_view go_name;                 // as error texts name the field and
  std::string_view go_type;                 // the type of an object
  bool always = false;                      // written even when it is empty
};

// The document itself, an object.
extern const UserLimitsField kUserLimitsRoot;

}  // namespace vivace
