// Nested protobuf messages that stay when they are empty: protozero drops an empty submessage, but
// presence means something in OTLP (an array element without value, a partial_success without
// rejections).
//
// Header-only, any thread; costs what protozero's own nesting costs.
#pragma once

#include <protozero/data_view.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>

namespace vivace {

inline std::string_view View(protozero::data_view view) { return {view.data(), view.size()}; }
inline protozero::data_view View(std::string_view text) { return {text.data(), text.size()}; }

// Appends the field `number` of `out`, a message whose fields `fill(writer)` writes. `data` is the
// string that `out` writes to.
template <typename Fill>
auto AppendMessage(std::string& data, protozero::pbf_writer& out, uint32_t number, Fill&& fill) {
  const size_t before = data.size();
  const auto result = [&] {
    protozero::pbf_writer message(out, number);
    return fill(message);
  }();
  if (data.size() == before) out.add_message(number, "", 0);
  return result;
}

}  // namespace vivace
